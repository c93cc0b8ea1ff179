"""The words of the notes: titles of sections and derivations, and what connects them.  No formula stands here."""

from __future__ import annotations

SECTIONS = {
    "activations": (
        "The activation functions",
        "An activation function enters the derivation only through its slope. Each slope is found from the formula "
        "and written in terms of the function itself, so that the backward pass can use what the forward pass left.",
    ),
    "scalar": (
        "One node in each layer",
        "Every quantity is one number here, so the chain rule is a product of numbers, one for each arrow on the way "
        "from the weight to the cost.",
    ),
    "index": (
        "The derivation, entry by entry",
        "Now every layer has several units. A unit of one layer feeds every unit of the next, so the chain rule "
        "becomes a sum over all the ways to the cost. Equations hold for every value of the letters that are not summed.",
    ),
    "matrix": (
        "The derivation, all units at once",
        "Each result of the last section is now read as an entry of an array. Derivatives of the cost have the shape "
        "of what they are taken by. No transpose is put in to make shapes fit: each comes from the order of two letters.",
    ),
    "chain": (
        "Special case: one node in each layer",
        "With all widths equal to 1 every sum has one term and every matrix is a number: the network is a chain. The "
        "same derivation then gives the equations of the chain; they are the ones above without unit letters.",
    ),
    "batch-columns": (
        "A batch: the samples are columns",
        "Now there are several samples, and the cost is the mean of their costs. The factor of the mean enters exactly "
        "once: in the derivative of the cost by the outputs. From there the errors carry it, so neither the "
        "recursion nor the gradients contain it again. Weights and biases serve every sample: their gradients are sums.",
    ),
    "batch-rows": (
        "A batch: the samples are rows",
        "The same with each sample as a row, as data usually lie in memory. Every array of the last section is "
        "transposed, except the weights and biases.",
    ),
    "penalty": (
        "A penalty on the weights",
        "A penalty makes large weights costly; biases are left out. It acts on the weights directly and not through "
        "the units, so its derivative is one more term of the gradient, and the errors stay what they were.",
    ),
    "penalty-batch": (
        "The penalty, for a batch",
        "For a batch the mean cost gets the same penalty, once: it is not divided by the number of samples.",
    ),
}
"""Key of a section: its title and the sentence that connects it with what was before."""

DERIVATIONS = {
    "activation-derivative": ("The slope of {}", ""),
    "cost-gradient": ("The cost by the outputs", "The only place where the form of the cost matters."),
    "delta-output": ("The error of the last layer", "The walk starts at the cost and first meets the last layer."),
    "delta-hidden": (
        "The errors of the inner layers",
        "A unit of an inner layer acts on the cost through every unit of the layer after it.",
    ),
    "gradient-W": (
        "The gradient of the weights",
        "Once an error is known, the gradients of its layer are one step away.",
    ),
    "gradient-b": ("The gradient of the biases", ""),
    "gradient-x": (
        "The gradient by the input",
        "The recursion stops at layer 1: layer 0 has no activation function, so it has no error, and what is left is the derivative by the input.",
    ),
    "penalty-gradient": ("The gradient of the weights with the penalty", ""),
    "update-W": ("The update of the weights", ""),
    "update-b": ("The update of the biases", ""),
    "chain-w": ("The weight {}", ""),
    "delta-hidden/product": (
        "All layers at once",
        "Putting the recursion into itself gives the error in one formula; it is proved by induction from the output.",
    ),
    "gradient-W/three-factors": (
        "The three factors",
        "With the error written out, the gradient has the three factors of the chain.",
    ),
    "delta-hidden/bound": (
        "How small an error can become",
        "Each slope is bounded, so errors shrink with every layer that they cross: vanishing gradients.",
    ),
}
"""Beginning of a label: the title of the derivation and a sentence that leads to it."""

SHORT = {"batch-columns", "batch-rows", "chain", "penalty", "penalty-batch"}
"""Sections in which derivations that were explained before are told without the connecting sentence."""

RENAMED = {
    "time": "the iteration is {}, in parentheses, because the letter of the lecture for it also numbers units",
    "kronecker": "{} is 1 where the letters agree and 0 elsewhere, and is not written with a delta, which is the error",
    "samples": "there are {} samples in a batch, a capital letter, because small ones number units and layers",
    "penalty": "the strength of the penalty is {} and the learning rate {}: one lecture writes the same letter for both",
}
"""Where letters of the lectures collide: what is written here, with the reason."""

REMARKS = (
    ("Why backwards.", "An error uses only what lies downstream of it, between it and the cost. So the error of the "
     "last layer comes first, and each layer uses the errors of the layer after it: deltas travel from the output to the "
     "input, against the direction of the forward pass."),
    ("Two procedures.", "Backpropagation computes the gradient: it sends errors back. Gradient descent uses the gradient: "
     "it moves every weight and bias a little against it. All updates of one iteration are made at once, from the values "
     "before it: the errors use the old weights."),
)  # fmt: skip
