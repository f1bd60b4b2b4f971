// The way through a tensor in which the positions of a unit lie side by side in memory.
#pragma once

#include <algorithm>

#include "few_runs.hpp"

namespace {

// One run of a unit after the other, in pieces: their elements are too many for one register.
template <class T, class P>
void long_runs(const Runs<T> &runs, const typename P::Context &context, double *out,
               int64_t stride) {
    for (int64_t r = 0; r < runs.count; ++r) {
        bool opened = false;
        for (int64_t i = 0; i < runs.length; i += STRETCH) {
            const int64_t left = runs.length - i;
            uint16_t inputs = 0;
            one_unit<T, P>({runs.from + r * runs.run_stride + i, 1,
                            left < STRETCH ? left : STRETCH, 0, 0},
                           context, out, stride, inputs);
            opened |= inputs != 0;
        }
        if constexpr (P::by_sample) out[P::opened_row * stride] += opened;
    }
}

// Runs of neighbouring units, up to UNITS of them, to their figures.
template <class T, class P>
void neighbours(const Runs<T> &runs, int64_t units, const typename P::Context &context, double *out,
                int64_t stride) {
    constexpr int W = Vector<ComputeOf<T>>::width;
    if (runs.length == W) {
        using Q = OfOne<P>;
        Gathered<Q> found;
        short_runs<T, Q, true>(runs, units, context, found);
        settle<T, Q>(runs, units, context, found, out, stride);
    } else if (runs.length <= SHORT * W) {
        using Q = Counting<P>;
        Gathered<Q> found;
        short_runs<T, Q, false>(runs, units, context, found);
        settle<T, Q>(runs, units, context, found, out, stride);
    } else {
        using Q = Counting<P>;
        Gathered<Q> found;
        Runs<T> own = runs;
        for (int64_t k = 0; k < units; ++k, own.from += own.unit_stride)
            found.kept()[k] = gather<T, Q>(own, context, found.inputs[k]);
        settle<T, Q>(runs, units, context, found, out, stride);
    }
}

template <class T, class P>
void end_to_end(const View &view, const typename P::Context &context, int64_t first, int64_t last,
                double *out, int64_t stride) {
    const Runs<T> all = {static_cast<const T *>(view.data), view.outer, view.inner,
                         view.outer_stride, view.unit_stride};
    const int64_t together = STRETCH / 2 / view.inner + 1;
    clear<Counting<P>>(out + first, stride, last - first);
    for (int64_t o = 0; o < view.outer; o += together) {
        Runs<T> runs = all;
        runs.count = view.outer - o < together ? view.outer - o : together;
        for (int64_t u = first, units; u < last; u += units) {
            units = view.inner > STRETCH ? 1 : std::min(last - u, UNITS);
            runs.from = all.from + o * view.outer_stride + u * view.unit_stride;
            if (view.inner > STRETCH)
                long_runs<T, Counting<P>>(runs, context, out + u, stride);
            else
                neighbours<T, P>(runs, units, context, out + u, stride);
        }
    }
}

}  // namespace
