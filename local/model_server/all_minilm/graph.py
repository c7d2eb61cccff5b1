"""Builds the BERT encoder as an ONNX graph that returns one unit vector for each text.

The graph contains no weights. It refers to the safetensors file, which onnxruntime maps.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

from local.model_server.all_minilm.weights import SAFETENSORS
from local.model_server.safetensors import Tensor

LAYERS = 6
HEADS = 12
HIDDEN = 384
LAYER_NORM_EPSILON = 1e-12


class _Graph:
    """Collects nodes and initializers. A string names each value."""

    def __init__(self, tensors: Mapping[str, Tensor]) -> None:
        self._tensors = tensors
        self.nodes: list[NodeProto] = []
        self.initializers: list[TensorProto] = []

    def node(
        self, kind: str, *inputs: str, output: str = "", domain: str = "", **attributes: float
    ) -> str:
        name = output or f"{kind}_{len(self.nodes)}"
        node = helper.make_node(kind, list(inputs), [name], name, domain=domain)
        for key, value in attributes.items():
            node.attribute.append(helper.make_attribute(key, value))
        self.nodes.append(node)
        return name

    def constant(self, name: str, value: NDArray[np.int64]) -> str:
        self.initializers.append(numpy_helper.from_array(value, name))
        return name

    def weight(self, name: str) -> str:
        tensor = self._tensors[name]
        proto = TensorProto(
            name=name,
            data_type=TensorProto.FLOAT,
            dims=tensor.shape,
            data_location=TensorProto.EXTERNAL,
        )
        location = {"location": SAFETENSORS, "offset": tensor.offset, "length": tensor.length}
        for key, value in location.items():
            proto.external_data.add(key=key, value=str(value))
        self.initializers.append(proto)
        return name

    def linear(self, value: str, name: str) -> str:
        # PyTorch stores (out, in). onnxruntime folds the transposition when it loads the graph.
        transposed = self.node("Transpose", self.weight(f"{name}.weight"))
        return self.node("Add", self.node("MatMul", value, transposed), self.weight(f"{name}.bias"))

    def layer_norm(self, value: str, name: str) -> str:
        scale, bias = self.weight(f"{name}.weight"), self.weight(f"{name}.bias")
        return self.node(
            "LayerNormalization", value, scale, bias, axis=-1, epsilon=LAYER_NORM_EPSILON
        )


def build(tensors: Mapping[str, Tensor]) -> ModelProto:
    """Return the graph from `input_ids` and `attention_mask` (batch, length) to `embedding`."""
    graph = _Graph(tensors)
    mask = graph.node("Cast", "attention_mask", to=TensorProto.INT32)
    value = _embeddings(graph)
    for layer in range(LAYERS):
        value = _layer(graph, value, mask, f"encoder.layer.{layer}")
    _pool(graph, value)
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "length"])
        for name in ("input_ids", "attention_mask")
    ]
    output = helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["batch", HIDDEN])
    return helper.make_model(
        helper.make_graph(graph.nodes, "all-minilm", inputs, [output], graph.initializers),
        opset_imports=[helper.make_opsetid("", 20), helper.make_opsetid("com.microsoft", 1)],
        ir_version=9,
    )


def _embeddings(graph: _Graph) -> str:
    """Sum the embeddings of word, position and token type. Every token has type 0."""
    words = graph.node("Gather", graph.weight("embeddings.word_embeddings.weight"), "input_ids")
    length = graph.node("Shape", "input_ids", start=1, end=2)
    first = graph.constant("first", np.array([0]))
    table = graph.weight("embeddings.position_embeddings.weight")
    positions = graph.node("Slice", table, first, length, first)
    types = graph.weight("embeddings.token_type_embeddings.weight")
    kind = graph.node("Gather", types, graph.constant("type", np.array(0)))
    total = graph.node("Add", graph.node("Add", words, positions), kind)
    return graph.layer_norm(total, "embeddings.LayerNorm")


def _layer(graph: _Graph, value: str, mask: str, name: str) -> str:
    query, key, values = (
        graph.linear(value, f"{name}.attention.self.{part}") for part in ("query", "key", "value")
    )
    attended = graph.node(
        "MultiHeadAttention",
        *(query, key, values, "", mask),
        domain="com.microsoft",
        num_heads=HEADS,
    )
    mixed = graph.linear(attended, f"{name}.attention.output.dense")
    value = graph.layer_norm(graph.node("Add", mixed, value), f"{name}.attention.output.LayerNorm")
    inner = graph.node("Gelu", graph.linear(value, f"{name}.intermediate.dense"))
    outer = graph.linear(inner, f"{name}.output.dense")
    return graph.layer_norm(graph.node("Add", outer, value), f"{name}.output.LayerNorm")


def _pool(graph: _Graph, value: str) -> None:
    """Sum the real tokens and normalise. This equals a normalised mean."""
    weights = graph.node("Cast", "attention_mask", to=TensorProto.FLOAT)
    column = graph.node("Unsqueeze", weights, graph.constant("last", np.array([2])))
    counted = graph.node("Mul", value, column)
    total = graph.node("ReduceSum", counted, graph.constant("tokens", np.array([1])), keepdims=0)
    graph.node("LpNormalization", total, output="embedding", axis=-1, p=2)
