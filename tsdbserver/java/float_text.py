"""32-bit floats as Java writes them: what OpenTSDB puts into the names of histogram results."""

import numpy as np

_POSITIONAL = (1e-3, 1e7)


def float_text(value: float) -> str:
    """`99.0`, `0.001`, `1.0E7`: the shortest digits that mean this float, at least one of them behind the point."""
    single = np.float32(value)
    if single == 0 or _POSITIONAL[0] <= abs(single) < _POSITIONAL[1]:
        return np.format_float_positional(single, unique=True, trim="0")
    mantissa, exponent = np.format_float_scientific(single, unique=True, trim="0").split("e")
    return f"{mantissa}E{int(exponent)}"
