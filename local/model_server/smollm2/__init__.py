"""SmolLM2-135M-Instruct: a chat model of 98 MB. It is quick and often wrong."""
