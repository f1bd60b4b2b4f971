// The way through a tensor in which the positions of a unit lie side by side in memory.
#pragma once

#include "passes.hpp"

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
    Bits<ComputeOf<T>> sum = kept[0].open;
    HALFWAVE_UNROLL for (int k = 1; k < AT_ONCE; ++k) sum += kept[k].open;
    return sum;
}

// Runs of a unit, one a sample; the same of its neighbours lie `unit_stride` away.
template <class T> struct Runs {
    const T *from;
    int64_t count, length, run_stride, unit_stride;
};

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
    }
    inputs += opened_runs;
}

// How many units at a time: of each, what is kept of it and how many runs have found it open.
constexpr int64_t UNITS = 64;
template <class P> struct Gathered {
    alignas(P) unsigned char memory[UNITS * sizeof(P)];  // nothing is cleared in vain
    uint16_t inputs[UNITS] = {};  // there are never more runs than STRETCH

    P *kept() { return reinterpret_cast<P *>(memory); }
};

// What was gathered of neighbours to their figures, as many at a time as a register has lanes.
template <class T, class P>
void settle(const Runs<T> &runs, int64_t units, const typename P::Context &context,
            Gathered<P> &found, double *out, int64_t stride) {
    constexpr int W = Vector<ComputeOf<T>>::width;
    for (int64_t u = 0; u < units;) {
        P *kept = found.kept() + u;
        const int together = units - u < W ? 1 : W;
        if (together == W) turn<W / 2>(kept);
        const bool lost = kept->lost();
        if (!lost && together == W)
            flush_lanes(*kept, out + u, stride, W);
        else if (!lost)
            flush(*kept, out + u, stride);
        for (int64_t end = u + together; u < end; ++u) {
            if (lost) {
                Runs<T> own = runs;
                own.from += u * runs.unit_stride;
                found.inputs[u] = 0;
                one_unit<T, P>(own, context, out + u, stride, found.inputs[u]);
            }
            if constexpr (P::by_sample) out[P::opened_row * stride + u] += (double)found.inputs[u];
        }
    }
}

// Short runs, a few of all units at a time: memory is met in order, not in strides that all fall
// into the same few lines of a cache.
constexpr int64_t FEW_RUNS = 8;

// A few short runs of N neighbouring units, a register for each. `kept` holds nothing yet if they are
// the `first`. `opened`: not zero where a run found a unit open. `Whole`: a run fills a register.
template <class T, class P, int N, bool Whole>
__attribute__((always_inline)) inline void few_short_runs(const Runs<T> &few,
                                                          const typename P::Context &context,
                                                          P *kept, bool first, uint16_t *opened) {
    using C = ComputeOf<T>;
    constexpr int W = Vector<C>::width;
    const int64_t length = Whole ? W : few.length;
    const int rest = Whole ? 0 : (int)(length % W);
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
        if constexpr (P::by_sample)
            HALFWAVE_UNROLL for (int k = 0; k < N; ++k)
                opened[r * UNITS + k] = lanes_word<C>(found[k]);
    }
    HALFWAVE_UNROLL for (int k = 0; k < N; ++k) kept[k] = now[k];
}

template <class T, class P, int N, bool Whole>
void short_runs(const Runs<T> &all, int64_t units, const typename P::Context &context,
                Gathered<P> &found) {
    uint16_t opened[FEW_RUNS * UNITS] = {};
    for (int64_t r = 0; r < all.count; r += FEW_RUNS) {
        Runs<T> few = all;
        few.from += r * all.run_stride;
        const auto all_units = [&]() __attribute__((always_inline)) {
            for (int64_t u = 0; u < units; u += N, few.from += N * all.unit_stride)
                few_short_runs<T, P, N, Whole>(few, context, found.kept() + u, r == 0, opened + u);
        };
        few.count = FEW_RUNS;  // a number that the compiler knows: its loop is unrolled
        if (all.count - r >= FEW_RUNS) {
            all_units();
        } else {
            few.count = all.count - r;
            all_units();
        }
        if constexpr (P::by_sample)
            for (int64_t k = 0; k < few.count; ++k)
                for (int64_t u = 0; u < UNITS; ++u)
                    found.inputs[u] += opened[k * UNITS + u] != 0;
    }
}

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

template <class T, class P>
void end_to_end(const View &view, const typename P::Context &context, int64_t first, int64_t last,
                double *out, int64_t stride) {
    const Runs<T> all = {static_cast<const T *>(view.data), view.outer, view.inner,
                         view.outer_stride, view.unit_stride};
    constexpr int W = Vector<ComputeOf<T>>::width;
    const bool is_short = view.inner <= 2 * AT_ONCE * W;
    const int64_t together = STRETCH / 2 / view.inner + 1;
    clear<P>(out + first, stride, last - first);
    for (int64_t o = 0; o < view.outer; o += together) {
        Runs<T> runs = all;
        runs.count = view.outer - o < together ? view.outer - o : together;
        for (int64_t u = first; u < last;) {
            runs.from = all.from + o * view.outer_stride + u * view.unit_stride;
            if (view.inner > STRETCH) {
                long_runs<T, P>(runs, context, out + u++, stride);
                continue;
            }
            int64_t units = last - u < UNITS ? last - u : UNITS;
            Gathered<P> found;
            if (view.inner == W) {
                short_runs<T, P, 1, true>(runs, units, context, found);
            } else if (is_short && units > 1) {
                units -= units % 2;
                short_runs<T, P, 2, false>(runs, units, context, found);
            } else {
                Runs<T> own = runs;
                for (int64_t k = 0; k < units; ++k, own.from += own.unit_stride)
                    found.kept()[k] = gather<T, P>(own, context, found.inputs[k]);
            }
            settle<T, P>(runs, units, context, found, out + u, stride);
            u += units;
        }
    }
}

}  // namespace
