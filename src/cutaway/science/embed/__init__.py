"""Vectors for words and texts, static and contextual, and what can be measured of them.

The one topic of science that reads files: vectors are too large to be handed over as a value, so they are mapped.
"""

from cutaway.science.embed.bag import Bag, bag
from cutaway.science.embed.choice import Choice, Compared, Rated, Representation, choose
from cutaway.science.embed.contextual import TOKEN_POOLINGS, Contextual, Tokens, span_of
from cutaway.science.embed.cost import Cost, cost
from cutaway.science.embed.fasttext import Subwords
from cutaway.science.embed.files import read_vectors
from cutaway.science.embed.head import Head, fit_head
from cutaway.science.embed.installed import Installed, glove, installed, minilm
from cutaway.science.embed.isotropy import Anisotropy, anisotropy, anisotropy_by_layer, centred
from cutaway.science.embed.kept import Kept, kept
from cutaway.science.embed.neighbourhood import Map, neighbourhood
from cutaway.science.embed.oov import OutOfVocabulary, oov, pieces_of
from cutaway.science.embed.order import WordOrder, word_order
from cutaway.science.embed.retrieval import Retrieval, poolings, retrieval
from cutaway.science.embed.scores import (
    Analogies,
    Similarity,
    analogies,
    packaged,
    rated_pairs,
    similarity_benchmark,
    spearman,
    word_vectors,
)
from cutaway.science.embed.senses import (
    Discrimination,
    Separation,
    Use,
    context_vectors,
    discrimination,
    senses,
    separation,
    use_vectors,
    uses_of,
)
from cutaway.science.embed.static import POOLINGS, Static, cosine
from cutaway.science.embed.text import words_of
from cutaway.science.embed.training import Word2Vec, train
from cutaway.science.embed.wordnet import Meaning, WordNet, read_wordnet

__all__ = [
    "POOLINGS",
    "TOKEN_POOLINGS",
    "Analogies",
    "Anisotropy",
    "Bag",
    "Choice",
    "Compared",
    "Contextual",
    "Cost",
    "Discrimination",
    "Head",
    "Installed",
    "Kept",
    "Map",
    "Meaning",
    "OutOfVocabulary",
    "Rated",
    "Representation",
    "Retrieval",
    "Separation",
    "Similarity",
    "Static",
    "Subwords",
    "Tokens",
    "Use",
    "Word2Vec",
    "WordNet",
    "WordOrder",
    "analogies",
    "anisotropy",
    "anisotropy_by_layer",
    "bag",
    "centred",
    "choose",
    "context_vectors",
    "cosine",
    "cost",
    "discrimination",
    "fit_head",
    "glove",
    "installed",
    "kept",
    "minilm",
    "neighbourhood",
    "oov",
    "packaged",
    "pieces_of",
    "poolings",
    "rated_pairs",
    "read_vectors",
    "read_wordnet",
    "retrieval",
    "senses",
    "separation",
    "similarity_benchmark",
    "span_of",
    "spearman",
    "train",
    "use_vectors",
    "uses_of",
    "word_order",
    "word_vectors",
    "words_of",
]
