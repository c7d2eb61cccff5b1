"""Inkdex as a vector store and a retriever of LangChain."""

from langchain_inkdex.retriever import InkdexRetriever
from langchain_inkdex.vector_store import InkdexVectorStore

__all__ = ["InkdexRetriever", "InkdexVectorStore"]
