from shared.domain.models.identity import ModelIdentity, identify


def test_prefixes_follow_from_the_models_name_or_the_settings() -> None:
    nomic = ModelIdentity("x/nomic-embed-text:v1.5", "search_document: ", "search_query: ")
    assert identify(nomic.name, "auto", "auto") == nomic
    assert identify("all-minilm", "auto", "auto") == ModelIdentity("all-minilm")
    assert identify("nomic-embed-text", "none", "q: ").document_prefix == ""
    assert identify("nomic-embed-text", "none", "q: ").query_prefix == "q: "
