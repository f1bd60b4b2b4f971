// The spread of values that lie close together, far from 0: the mean square less the square of the
// mean is lost in the rounding of float32. Such a stretch is added up again, in doubles.
#pragma once

#include "passes.hpp"

namespace {

// What lies closer: the variance as a share of the mean square. Sums of a stretch are good to about
// a millionth.
constexpr float NARROW = 1e-3f;

template <class V> inline auto is_narrow(V total, V square, float count) {
    const V mean = total * (1 / count), mean_square = square * (1 / count);
    return mean_square - mean * mean < NARROW * mean_square;
}

// Lanes of one unit each, side by side: what they had is put right in their figures.
template <class T, class P>
void refine_columns(const T *from, int64_t rows, int64_t row_stride, int count, const P &kept,
                    double *out, int64_t stride) {
    if constexpr (P::spreads) {
        if (!any((Bits<float>)is_narrow(kept.total, kept.square, (float)rows))) return;
        constexpr int W = Vector<float>::width, D = Vector<double>::width;
        Values<double> total[W / D] = {}, square[W / D] = {};
        for (int64_t r = 0; r < rows; ++r, from += row_stride) {
            const Values<float> x = count == W ? load(from) : load_some(from, count);
            HALFWAVE_UNROLL for (int half = 0; half < W / D; ++half) {
                const Values<double> wide = doubles_of(x, half * D);
                total[half] += wide;
                square[half] += wide * wide;
            }
        }
        for (int i = 0; i < count; ++i) {
            out[TOTAL * stride + i] += total[i / D][i % D] - (double)kept.total[i];
            out[TOTAL_SQUARE * stride + i] += square[i / D][i % D] - (double)kept.square[i];
        }
    }
}

// Runs of a unit, one a sample; the same of its neighbours lie `unit_stride` away.
template <class T> struct Runs {
    const T *from;
    int64_t count, length, run_stride, unit_stride;

    // those of another unit
    Runs of(int64_t unit) const {
        return {from + unit * unit_stride, count, length, run_stride, unit_stride};
    }
};

// Add the runs of one unit up again; `total` and `square` are what its figures had of them.
template <class T>
void refine(const Runs<T> &runs, double total, double square, double *out, int64_t stride) {
    constexpr int W = Vector<float>::width, D = Vector<double>::width;
    Values<double> totals{}, squares{};
    for (int64_t r = 0; r < runs.count; ++r) {
        const T *run = runs.from + r * runs.run_stride;
        for (int64_t i = 0; i < runs.length; i += W) {
            const int64_t left = runs.length - i;
            const Values<float> x = left < W ? load_some(run + i, (int)left) : load(run + i);
            HALFWAVE_UNROLL for (int half = 0; half < W / D; ++half) {
                const Values<double> wide = doubles_of(x, half * D);
                totals += wide;
                squares += wide * wide;
            }
        }
    }
    out[TOTAL * stride] += sum_lanes(totals) - total;
    out[TOTAL_SQUARE * stride] += sum_lanes(squares) - square;
}

// The same where one unit fills all lanes of what was kept.
template <class T, class P>
void refine_unit(const Runs<T> &runs, const P &kept, double *out, int64_t stride) {
    if constexpr (P::spreads) {
        const double total = sum_lanes(kept.total), square = sum_lanes(kept.square);
        if (is_narrow((float)total, (float)square, (float)(runs.count * runs.length)))
            refine(runs, total, square, out, stride);
    }
}

// The same of neighbours from `unit` on, a lane each.
template <class T, class P>
void refine_units(const Runs<T> &runs, const P &kept, int64_t unit, double *out, int64_t stride) {
    if constexpr (P::spreads) {
        const auto narrow =
            is_narrow(kept.total, kept.square, (float)(runs.count * runs.length));
        if (!any((Bits<float>)narrow)) return;
        for (int i = 0; i < Vector<float>::width; ++i)
            if (narrow[i])
                refine(runs.of(unit + i), kept.total[i], kept.square[i], out + i, stride);
    }
}

}  // namespace
