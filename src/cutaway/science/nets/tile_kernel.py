"""Sums of products held in registers: the inner loop of every compiled convolution and of both its gradients.

A tile is a few rows by one or two vectors of 32 bytes (eight float32 or four float64). Per step of the sum one number
of each row is spread over a vector and multiplied with the vectors of the other factor, so that the sums never leave
the registers. Numba's own loops keep sums in memory or vectorise along the sum, which takes several times as long;
hence the instructions are given to LLVM here, in its own vector type, which suits every processor.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

VECTOR_BYTES = 32
WIDE_ROWS = 6  # by two vectors
NARROW_ROWS = 8  # by one

_WHOLE = ir.IntType(64)


def _whole(number: int) -> Any:
    return ir.Constant(_WHOLE, number)


def _lowered(rows: int, vectors: int) -> Any:
    """What writes the instructions of a tile of that size; the names of its arguments are those in `_tile`."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        number = context.get_value_type(signature.args[0].dtype)
        size = 4 if isinstance(number, ir.FloatType) else 8
        lanes = VECTOR_BYTES // size
        vector = ir.VectorType(number, lanes)
        fused = _fused(builder, vector)

        def data(k: int) -> Any:
            return context.make_array(signature.args[k])(context, builder, arguments[k]).data

        def place(pointer: Any, by: Any) -> Any:
            return builder.gep(pointer, [by])

        def loaded(pointer: Any) -> Any:
            many = builder.load(builder.bitcast(pointer, vector.as_pointer()))
            many.align = size
            return many

        def carried(kind: Any, before: list[Any], block: Any) -> list[Any]:
            phis = [builder.phi(kind) for _ in before]
            for phi, value in zip(phis, before, strict=True):
                phi.add_incoming(value, block)
            return phis

        def carry(phis: list[Any], after: list[Any], block: Any) -> None:
            for phi, value in zip(phis, after, strict=True):
                phi.add_incoming(value, block)

        x_at, first, count, run, step = (arguments[k] for k in (1, 3, 5, 6, 7))
        w_at, w_step, start_at, start_step, out_at, out_step = (arguments[k] for k in (9, 10, 12, 13, 15, 16))
        x, at, taps, w, start, out = place(data(0), x_at), data(2), data(4), data(8), data(11), data(14)
        cells = [(r, v) for r in range(rows) for v in range(vectors)]
        origins = [place(x, builder.load(place(at, builder.add(first, _whole(r))))) for r in range(rows)]
        begun = [place(start, builder.add(start_at, builder.mul(start_step, _whole(r)))) for r in range(rows)]
        sums = [loaded(place(begun[r], _whole(v * lanes))) for r, v in cells]
        factor = place(w, w_at)

        entry = builder.block
        outer, inner, after, end = (builder.append_basic_block(name) for name in ("tap", "run", "after", "end"))
        builder.branch(outer)

        builder.position_at_end(outer)
        (tap,) = carried(_WHOLE, [_whole(0)], entry)
        (outer_factor,) = carried(factor.type, [factor], entry)
        outer_sums = carried(vector, sums, entry)
        shift = builder.load(place(taps, tap))
        shifted = [place(origin, shift) for origin in origins]
        builder.branch(inner)

        builder.position_at_end(inner)
        k, by = carried(_WHOLE, [_whole(0), _whole(0)], outer)
        (inner_factor,) = carried(factor.type, [outer_factor], outer)
        inner_sums = carried(vector, outer_sums, outer)
        many = [loaded(place(inner_factor, _whole(v * lanes))) for v in range(vectors)]
        single = [_spread(builder, builder.load(place(row, by)), vector) for row in shifted]
        new = [builder.call(fused, [single[r], many[v], inner_sums[i]]) for i, (r, v) in enumerate(cells)]
        next_k, next_factor = builder.add(k, _whole(1)), place(inner_factor, w_step)
        carry([k, by, inner_factor, *inner_sums], [next_k, builder.add(by, step), next_factor, *new], inner)
        builder.cbranch(builder.icmp_signed("<", next_k, run), inner, after)

        builder.position_at_end(after)
        next_tap = builder.add(tap, _whole(1))
        carry([tap, outer_factor, *outer_sums], [next_tap, next_factor, *new], after)
        builder.cbranch(builder.icmp_signed("<", next_tap, count), outer, end)

        builder.position_at_end(end)
        for (r, v), value in zip(cells, new, strict=True):
            row = place(out, builder.add(out_at, builder.mul(out_step, _whole(r))))
            stored = builder.store(value, builder.bitcast(place(row, _whole(v * lanes)), vector.as_pointer()))
            stored.align = size
        return context.get_dummy_value()

    return code


def _tile(rows: int, vectors: int) -> Any:
    def tile(  # type: ignore[no-untyped-def]
        typing, x, x_at, at, first, taps, count, run, step, w, w_at, w_step, start, start_at, start_step, out, out_at,
        out_step,
    ):  # fmt: skip
        i = types.int64
        arguments = (x, i, at, i, taps, i, i, i, w, i, i, start, i, i, out, i, i)
        return types.void(*arguments), _lowered(rows, vectors)

    return intrinsic(tile)


# out[r, v] = start[r, v] + Σ x[at[first + r] + tap + k step] w[j, v] for every row r and lane v, over the `count`
# numbers in `taps` and, for each, k = 0 … run − 1 (at least one of both); j counts on through all of these. All arrays
# are flat and contiguous; `…_at` is where to begin and `…_step` from row to row.
wide_tile: Any = _tile(WIDE_ROWS, 2)
narrow_tile: Any = _tile(NARROW_ROWS, 1)


def _listed(vectors: int, gathers: bool) -> Any:
    """What writes the instructions of `gather_…` or `scatter_…`, for that many vectors."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        number = context.get_value_type(signature.args[0].dtype)
        size = 4 if isinstance(number, ir.FloatType) else 8
        vector = ir.VectorType(number, VECTOR_BYTES // size)
        fused = _fused(builder, vector)

        def data(k: int) -> Any:
            return context.make_array(signature.args[k])(context, builder, arguments[k]).data

        def vectors_at(pointer: Any) -> list[Any]:
            steps = [builder.gep(pointer, [_whole(v * vector.count)]) for v in range(vectors)]
            return [builder.bitcast(step, vector.as_pointer()) for step in steps]

        def loaded(pointer: Any) -> list[Any]:
            many = [builder.load(one) for one in vectors_at(pointer)]
            for one in many:
                one.align = size
            return many

        def store(values: list[Any], pointer: Any) -> None:
            for value, place in zip(values, vectors_at(pointer), strict=True):
                builder.store(value, place).align = size

        image = builder.gep(data(2), [arguments[3]])
        places, factors, count = data(4), data(5), arguments[6]
        own = builder.gep(data(0), [arguments[1]])
        begun = loaded(own)
        entry = builder.block
        body, end = builder.append_basic_block("body"), builder.append_basic_block("end")
        builder.cbranch(builder.icmp_signed("<", _whole(0), count), body, end)

        builder.position_at_end(body)
        k = builder.phi(_WHOLE)
        k.add_incoming(_whole(0), entry)
        sums = [builder.phi(vector) for _ in begun]
        factor = _spread(builder, builder.load(builder.gep(factors, [k])), vector)
        here = builder.gep(image, [builder.load(builder.gep(places, [k]))])
        others = sums if gathers else begun
        new = [
            builder.call(fused, [factor, one, other] if gathers else [factor, other, one])
            for one, other in zip(loaded(here), others, strict=True)
        ]
        if not gathers:
            store(new, here)
        for phi, first, after in zip(sums, begun, new, strict=True):
            phi.add_incoming(first, entry)
            phi.add_incoming(after if gathers else phi, body)
        following = builder.add(k, _whole(1))
        k.add_incoming(following, body)
        builder.cbranch(builder.icmp_signed("<", following, count), body, end)

        builder.position_at_end(end)
        if gathers:
            done = [builder.phi(vector) for _ in begun]
            for phi, first, after in zip(done, begun, new, strict=True):
                phi.add_incoming(first, entry)
                phi.add_incoming(after, body)
            store(done, own)
        return context.get_dummy_value()

    return code


def _listing(vectors: int, gathers: bool) -> Any:
    def listing(typing, own, own_at, image, shift, places, factors, count):  # type: ignore[no-untyped-def]
        i = types.int64
        return types.void(own, i, image, i, places, factors, i), _listed(vectors, gathers)

    return intrinsic(listing)


# With v vectors, add to own[own_at …] the sum over k = 0 … count − 1 of factors[k] image[places[k] + shift …].
gather_1, gather_2, gather_3, gather_4 = (_listing(vectors, True) for vectors in (1, 2, 3, 4))
# The same the other way: add factors[k] own[own_at …] to image[places[k] + shift …] for every k.
scatter_1, scatter_2, scatter_3, scatter_4 = (_listing(vectors, False) for vectors in (1, 2, 3, 4))


def _fused(builder: Any, vector: Any) -> Any:
    """The instruction that multiplies and adds vectors."""
    bits = 32 if isinstance(vector.element, ir.FloatType) else 64
    kind = ir.FunctionType(vector, [vector] * 3)
    return cgutils.get_or_insert_function(  # type: ignore[no-untyped-call]
        builder.module, kind, f"llvm.fmuladd.v{vector.count}f{bits}"
    )


def _spread(builder: Any, single: Any, vector: Any) -> Any:
    """One number in every lane."""
    first = builder.insert_element(ir.Constant(vector, ir.Undefined), single, ir.Constant(ir.IntType(32), 0))
    zeros = ir.Constant(ir.VectorType(ir.IntType(32), vector.count), [0] * vector.count)
    return builder.shuffle_vector(first, ir.Constant(vector, ir.Undefined), zeros)
