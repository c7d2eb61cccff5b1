"""Inkdex as a vector store and a retriever of LlamaIndex."""

from llama_index_inkdex.retriever import InkdexRetriever
from llama_index_inkdex.vector_store import InkdexVectorStore

__all__ = ["InkdexRetriever", "InkdexVectorStore"]
