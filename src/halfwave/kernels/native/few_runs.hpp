// Runs of a few registers: a few of all units at a time.
#pragma once

#include <algorithm>

#include "runs.hpp"

namespace {

// Registers that a short run has at most.
constexpr int64_t SHORT = 4 * AT_ONCE;

// A pass through runs of one register does not count itself where lanes are words: these are kept,
// and those of all units counted at a time.
#if defined(HALFWAVE_WORDS)
template <class P> using OfOne = P;
#else
template <class P> using OfOne = Counting<P>;
#endif

// How many runs at a time: memory is met in order, not in strides that all fall into the same few
// lines of a cache.
template <class P> constexpr int64_t FEW_RUNS = P::counts ? 8 : 4;

// A few short runs of N neighbouring units, a register for each. `kept` holds nothing yet if they are
// the `first`. `words`: lanes that a run has found. `One`: a run fills one register.
template <class T, class P, int N, bool One>
__attribute__((always_inline)) inline void few_short_runs(const Runs<T> &few,
                                                          const typename P::Context &context,
                                                          P *kept, bool first, uint16_t *words) {
    using C = ComputeOf<T>;
    constexpr int W = Vector<C>::width;
    const int64_t length = One ? W : few.length;
    const int rest = One ? 0 : (int)(length % W);
    const Lanes<C> lanes = first_lanes<C>(rest);
    P now[N];
    if (!first) HALFWAVE_UNROLL for (int k = 0; k < N; ++k) now[k] = kept[k];
    HALFWAVE_UNROLL for (int64_t r = 0; r < few.count; ++r) {
        const T *run = few.from + r * few.run_stride;
        Lanes<C> found[N] = {};
        for (int64_t i = 0; i + W <= length; i += W)
            HALFWAVE_UNROLL for (int k = 0; k < N; ++k)
                found[k] |= now[k].add(load(run + k * few.unit_stride + i), context);
        if (rest)
            HALFWAVE_UNROLL for (int k = 0; k < N; ++k)
                found[k] |= now[k].add_some(
                    load_some(run + k * few.unit_stride + (length - rest), rest), lanes, context);
        if constexpr (P::by_sample || !P::counts)
            HALFWAVE_UNROLL for (int k = 0; k < N; ++k)
                words[r * UNITS + k] = lanes_word<C>(found[k]);
    }
    HALFWAVE_UNROLL for (int k = 0; k < N; ++k) kept[k] = now[k];
}

// Few runs after the other, `at_once` of them or what is left; where the compiler knows how many, the
// loop over them is unrolled.
template <int64_t at_once, class T, class Way> inline void by_few(const Runs<T> &all, Way way) {
    for (int64_t r = 0; r < all.count; r += at_once) {
        Runs<T> few = all;
        few.from += r * all.run_stride;
        few.count = at_once;
        if (all.count - r >= at_once) {
            way(few, r == 0);
        } else {
            few.count = all.count - r;
            way(few, r == 0);
        }
    }
}

template <class T, class P, bool One>
void short_runs(const Runs<T> &all, int64_t units, const typename P::Context &context,
                Gathered<P> &found) {
    constexpr int64_t FEW = FEW_RUNS<P>;
    alignas(BYTES) uint16_t words[FEW * UNITS] = {};
    by_few<FEW>(all, [&](Runs<T> few, bool first) __attribute__((always_inline)) {
        int64_t u = 0;
        for (; !One && u + 2 <= units; u += 2, few.from += 2 * all.unit_stride)
            few_short_runs<T, P, 2, One>(few, context, found.kept() + u, first, words + u);
        for (; u < units; ++u, few.from += all.unit_stride)
            few_short_runs<T, P, 1, One>(few, context, found.kept() + u, first, words + u);
        if constexpr (!P::counts)
            count_words(words, few.count, UNITS, found.counted, found.inputs);
        else if constexpr (P::by_sample)
            for (int64_t k = 0; k < few.count; ++k)
                for (u = 0; u < UNITS; ++u) found.inputs[u] += words[k * UNITS + u] != 0;
    });
}

}  // namespace
