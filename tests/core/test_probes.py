"""What a record says, draws and tells, of steps made by hand."""

from __future__ import annotations

import math

import pytest

from cutaway.core import probe_figures
from cutaway.core.errors import InputError
from cutaway.core.figures import Bars, Lines, Matrix
from cutaway.core.kinds import activation_of, kind_of
from cutaway.core.probe_numbers import layer_probe, parameter_probe
from cutaway.core.probes import LayerProbe, NonFinite, ParameterProbe, Record, StepProbe, saturated_beyond
from cutaway.core.wire import to_wire
from cutaway.report import svg


def layer(name: str, gradient: float, depth: int = 0, **more: object) -> LayerProbe:
    kernel = ParameterProbe(
        name="kernel", shape=(2,), weight_norm=4.0, gradient_norm=gradient, update_norm=gradient / 10
    )
    told = {"shape": (4, 4), "units": 4, "mean": 0.5, "sd": 1.0, "parameters": (kernel,), "gradient_norm": gradient}
    return LayerProbe(name=name, kind="dense", depth=depth, **{**told, **more})


@pytest.fixture
def record() -> Record:
    steps = []
    for i in range(3):
        bend = layer("bend", 0.2, 1, activation="tanh", share_saturated=0.1 * i, dead=tuple(range(i)), parameters=())
        steps.append(
            StepProbe(step=50 * i, loss=1.0 / (i + 1), layers=(layer("in", 0.02 * (i + 1)), bend, layer("out", 2.0, 2)))
        )
    return Record(steps)


def test_norms_and_ratios_of_a_layer() -> None:
    bias = ParameterProbe(name="bias", shape=(1,), weight_norm=3.0)
    one = layer("in", 8.0, parameters=(*layer("in", 8.0).parameters, bias))
    assert (one.weight_norm, one.parameter_gradient_norm) == (5.0, 8.0)
    assert (one.gradient_ratio, one.update_ratio) == (pytest.approx(1.6), pytest.approx(0.16))
    assert one.gradient_rms == 2.0
    assert not bias.has_gradient
    zero = ParameterProbe(name="bias", shape=(1,), weight_norm=0.0, gradient_norm=1.0)
    assert math.isnan(zero.gradient_ratio)
    assert math.isnan(LayerProbe(name="relu", kind="relu", depth=0).update_ratio)


def test_factors_go_from_each_layer_to_the_one_after_it(record: Record) -> None:
    factors = record.last.gradient_factors
    assert factors[:2] == (pytest.approx(0.3), pytest.approx(0.1))
    assert math.isnan(factors[2])


def test_series_and_what_was_always_dead(record: Record) -> None:
    assert record.series("bend", "share_saturated") == ((0.0, 0.0), (50.0, 0.1), (100.0, 0.2))
    assert record.always_dead("bend") == ()
    assert Record(record.steps[1:]).always_dead("bend") == (0,)
    assert record.always_dead("nobody") == ()
    assert record.names == ("in", "bend", "out")
    with pytest.raises(InputError, match="expected one of in, bend, out, got 'inn'"):
        record.last.layer("inn")


def test_the_first_place_that_is_not_finite_in_the_order_of_a_step() -> None:
    fine, nan = layer("in", 1.0), math.nan
    spoiled = ParameterProbe(name="kernel", shape=(2,), weight_norm=nan, finite=False)
    steep = ParameterProbe(name="kernel", shape=(2,), weight_norm=1.0, gradient_norm=nan, gradient_finite=False)
    late = {"output": layer("out", 1.0, finite=False), "gradient": layer("out", nan, gradient_finite=False)}
    late |= {"parameter": layer("out", 1.0, parameters=(spoiled,)), "steep": layer("out", 1.0, parameters=(steep,))}
    said = {}
    for name, one in late.items():
        step = StepProbe(step=0, loss=1.0, layers=(fine, one))
        said[name] = str(step.non_finite)
    assert said == {
        "output": "the output of out",
        "gradient": "the gradient at the output of out",
        "parameter": "kernel of out",
        "steep": "the gradient of kernel of out",
    }
    assert StepProbe(step=0, loss=nan, layers=(fine,), loss_finite=False).non_finite == NonFinite("", "loss")
    assert str(StepProbe(step=0, loss=1.0, layers=(fine,), input_finite=False).non_finite) == "the input"
    assert StepProbe(step=0, loss=nan, layers=(fine,)).non_finite is None  # no loss was seen


def test_the_table(record: Record) -> None:
    lines = str(record).splitlines()
    assert lines[0] == "3 steps recorded; the last is step 100, loss 0.333"
    assert lines[1].split() == list(probe_figures_headings())
    assert "dense, tanh" in lines[3]
    assert "2/4" in lines[3]
    assert len({line.rstrip()[-1] for line in lines}) > 1
    unused = LayerProbe(name="<b>", kind="dense", depth=3, called=False)
    shown = Record([StepProbe(step=0, loss=math.nan, layers=(unused,), input_finite=False)])
    assert "not called" in str(shown)
    assert "not finite first in step 0: the input" in str(shown)
    html = shown._repr_html_()
    assert "&lt;b&gt;" in html
    assert "<b>" not in html
    assert Record()._repr_html_() == "<p>no step recorded yet</p>"


def probe_figures_headings() -> tuple[str, ...]:
    from cutaway.core.probe_table import HEADINGS

    return HEADINGS


def test_pictures_are_drawn_and_say_what_they_show(record: Record) -> None:
    found = record.figures()
    assert list(found) == [
        "Gradient by layer",
        "Gradient over the steps",
        "Update over weight",
        "Saturated outputs",
        "Dead units",
    ]
    bars, lines, _, saturated, dead = found.values()
    assert isinstance(bars, Bars) and isinstance(lines, Lines)
    assert isinstance(saturated, Matrix) and isinstance(dead, Matrix)
    assert bars.labels == ("in", "bend", "out")
    assert bars.values == pytest.approx((0.015, 0.05, 0.5))
    assert "gradient is 0.5 at out and 0.015 at in: times 0.17 a layer" in bars.alt
    assert [line.name for line in lines.lines] == ["in", "out"]
    assert lines.lines[0].x == (0.0, 50.0, 100.0)
    assert saturated.rows == ("bend",)
    assert saturated.alt == "The largest share of outputs that is saturated is 20.0 %, at bend in step 100."
    assert dead.values == ((0.0, 0.25, 0.5),)
    for figure in found.values():
        assert to_wire(figure)
    page = svg.document(found)
    assert all(heading in page for heading in found)
    assert Record().figures() == {}


def test_pictures_of_what_has_no_place_on_a_scale() -> None:
    none = layer("none", 0.0, 1)
    bad = layer("bad", math.nan, 2, gradient_finite=False)
    alone = probe_figures.gradient_by_layer(StepProbe(step=3, loss=1.0, layers=(layer("in", 1.0), none, bad)))
    assert alone.labels == ("in",)
    assert "It is 0 at none." in alone.alt
    assert "It is not finite at bad." in alone.alt
    nothing = StepProbe(step=0, loss=1.0, layers=(none,))
    assert probe_figures.gradient_by_layer(nothing).alt.startswith("In step 0 no layer has a gradient.")
    assert Record([nothing]).figures() == {}
    many = Record([StepProbe(step=i, loss=1.0, layers=tuple(layer(str(j), 1.0) for j in range(9))) for i in range(30)])
    assert [line.name for line in probe_figures.over_steps(many, "sd").lines] == ["0", "8"]
    assert len(probe_figures.by_layer_and_step(many, "sd").columns) == probe_figures.COLUMNS


def test_ends_of_activations_and_names_of_kinds() -> None:
    assert saturated_beyond("tanh") == pytest.approx((-0.98, 0.98))
    assert saturated_beyond("gelu") is None
    kinds = {
        "SyncBatchNorm": "batchnorm",
        "AdaptiveAvgPool2d": "globalaveragepool",
        "GlobalMaxPooling1D": "globalmaxpool",
        "Dropout2d": "dropout",
        "LazyConv2d": "conv2d",
        "MyOwnLayer": "myownlayer",
    }
    assert {name: kind_of(name) for name in kinds} == kinds
    assert activation_of("log_softmax") == "logsoftmax"
    assert activation_of("linear") == ""


def test_numbers_that_are_not_there_are_nan_and_not_spoiled() -> None:
    empty = layer_probe({}, {}, name="a", kind="dense", depth=0)
    assert math.isnan(empty.mean)
    assert (empty.finite, empty.gradient_finite, empty.units, empty.has_gradient) == (True, True, 0, False)
    one = parameter_probe({"norm": 2.0, "finite": True}, {"norm": math.nan, "finite": False}, {}, name="w", shape=(1,))
    assert one.has_gradient
