"""WordLlama: a vector for each token of Llama 2, without attention. Fast, small and less exact."""
