// Runs: what a unit has of one sample, where its positions lie side by side in memory.
#pragma once

#include <type_traits>

#include "spread.hpp"

namespace {

// Elements of a unit after which sums go to doubles.
constexpr int64_t STRETCH = 8192;

template <class T, class P>
__attribute__((always_inline)) inline void stretch(const T *from, int64_t count, P (&kept)[AT_ONCE],
                    const typename P::Context &context) {
    using C = ComputeOf<T>;
    constexpr int W = Vector<C>::width;
    int64_t i = 0;
    for (; i + AT_ONCE * W <= count; i += AT_ONCE * W)
        HALFWAVE_UNROLL for (int k = 0; k < AT_ONCE; ++k) kept[k].add(load(from + i + k * W), context);
    for (; i + W <= count; i += W) kept[0].add(load(from + i), context);
    if (i < count) {
        const int rest = (int)(count - i);
        kept[0].add_some(load_some(from + i, rest), first_lanes<C>(rest), context);
    }
}

// What the registers know of a unit's open elements.
template <class T, class P> inline Bits<ComputeOf<T>> open_so_far(const P (&kept)[AT_ONCE]) {
    Bits<ComputeOf<T>> sum = kept[0].counted;
    HALFWAVE_UNROLL for (int k = 1; k < AT_ONCE; ++k) sum += kept[k].counted;
    return sum;
}

// What the runs of one unit bring, added up. `inputs` grow by the runs that find it open. (Here
// nothing else is called, and every loop over registers is unrolled: else GCC keeps them in memory.)
template <class T, class P>
__attribute__((noinline)) P gather(const Runs<T> &runs, const typename P::Context &context, uint16_t &inputs) {
    P kept[AT_ONCE];
    Bits<ComputeOf<T>> before{};
    for (int64_t r = 0; r < runs.count; ++r) {
        stretch(runs.from + r * runs.run_stride, runs.length, kept, context);
        if constexpr (P::by_sample) {
            const auto now = open_so_far<T>(kept);
            inputs += differ<ComputeOf<T>>(now, before) != 0;
            before = now;
        }
    }
    HALFWAVE_UNROLL for (int k = 1; k < AT_ONCE; ++k) kept[0].join(kept[k]);
    return kept[0];
}

// The same, to the figures; where registers have lost something, element by element.
template <class T, class P>
void one_unit(const Runs<T> &runs, const typename P::Context &context, double *out, int64_t stride,
              uint16_t &inputs) {
    uint16_t opened_runs = 0;
    const P kept = gather<T, P>(runs, context, opened_runs);
    if (kept.lost()) {
        opened_runs = 0;
        for (int64_t r = 0; r < runs.count; ++r) {
            bool opened = false;
            for (int64_t i = 0; i < runs.length; ++i)
                opened |= P::careful(runs.from[r * runs.run_stride + i], out, stride, context);
            opened_runs += opened;
        }
    } else {
        flush(kept, out, stride);
        refine_unit(runs, kept, out, stride);
    }
    inputs += opened_runs;
}

// How many units at a time: of each, what is kept of it, how many runs have found it open, and what
// was counted beside what is kept.
constexpr int64_t UNITS = 64;
template <class P> struct Gathered {
    alignas(P) unsigned char memory[UNITS * sizeof(P)];  // nothing is cleared in vain
    uint16_t inputs[UNITS] = {}, counted[UNITS] = {};  // there are never more elements than STRETCH

    P *kept() { return reinterpret_cast<P *>(memory); }
};

// What was gathered of neighbours to their figures, as many at a time as a register has lanes.
template <class T, class P>
void settle(const Runs<T> &runs, int64_t units, const typename P::Context &context,
            Gathered<P> &found, double *out, int64_t stride) {
    constexpr int W = Vector<ComputeOf<T>>::width;
    using Whole = std::conditional_t<P::counts, P, Counting<P>>;
    for (int64_t u = 0; u < units;) {
        const int together = units - u < W ? 1 : W;
        const P kept = together == W ? turned<1>(found.kept() + u) : found.kept()[u];
        const bool lost = kept.lost();
        if (!lost && together == W) {
            flush_lanes(kept, out + u, stride, W);
            refine_units(runs, kept, u, out + u, stride);
        } else if (!lost) {
            flush(kept, out + u, stride);
            refine_unit(runs.of(u), kept, out + u, stride);
        }
        for (int64_t end = u + together; u < end; ++u)
            if (lost) {
                found.inputs[u] = found.counted[u] = 0;
                one_unit<T, Whole>(runs.of(u), context, out + u, stride, found.inputs[u]);
            }
    }
    const auto add = [&](int row, const uint16_t *numbers) {
        for (int64_t u = 0; u < units; ++u) out[row * stride + u] += (double)numbers[u];
    };
    if constexpr (P::by_sample) add(P::opened_row, found.inputs);
    if constexpr (!P::counts) add(P::counted_row, found.counted);
}

}  // namespace
