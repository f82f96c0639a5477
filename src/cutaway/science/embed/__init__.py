"""Vectors for words and texts, static and contextual, and what can be measured of them.

The one topic of science that reads files: vectors are too large to be handed over as a value, so they are mapped.
"""

from cutaway.science.embed.bag import Bag, bag
from cutaway.science.embed.choice import Choice, Compared, Rated, Representation, choose
from cutaway.science.embed.contextual import TOKEN_POOLINGS, Contextual, Tokens, span_of
from cutaway.science.embed.files import read_vectors
from cutaway.science.embed.head import Head, fit_head
from cutaway.science.embed.installed import Installed, glove, installed, minilm
from cutaway.science.embed.kept import Kept, kept
from cutaway.science.embed.static import POOLINGS, Static, cosine
from cutaway.science.embed.text import words_of
from cutaway.science.embed.training import Word2Vec, train

__all__ = [
    "POOLINGS",
    "TOKEN_POOLINGS",
    "Bag",
    "Choice",
    "Compared",
    "Contextual",
    "Head",
    "Installed",
    "Kept",
    "Rated",
    "Representation",
    "Static",
    "Tokens",
    "Word2Vec",
    "bag",
    "choose",
    "cosine",
    "fit_head",
    "glove",
    "installed",
    "kept",
    "minilm",
    "read_vectors",
    "span_of",
    "train",
    "words_of",
]
