// The way through a tensor in which the positions of a unit lie side by side in memory.
#pragma once

#include "passes.hpp"

namespace {

// Elements of a unit after which sums go to doubles.
constexpr int64_t STRETCH = 8192;

template <class T, class P>
inline void stretch(const T *from, int64_t count, P (&kept)[AT_ONCE],
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
    for (int k = 1; k < AT_ONCE; ++k) sum += kept[k].open;
    return sum;
}

// Several runs of one unit: what they bring is added up once.
template <class T, class P>
inline void runs(const T *from, int64_t count, int64_t length, int64_t run_stride,
                 const typename P::Context &context, double *out, int64_t stride,
                 bool &opened_before, bool last_part) {
    P kept[AT_ONCE];
    int64_t inputs = 0;
    bool opened = opened_before;
    Bits<ComputeOf<T>> before{};
    for (int64_t r = 0; r < count; ++r) {
        stretch(from + r * run_stride, length, kept, context);
        if constexpr (P::by_sample) {
            const auto now = open_so_far<T>(kept);
            opened |= differ<ComputeOf<T>>(now, before) != 0;
            before = now;
            if (last_part) {
                inputs += opened;
                opened = false;
            }
        }
    }
    for (int k = 1; k < AT_ONCE; ++k) kept[0].join(kept[k]);
    if (kept[0].lost()) {
        inputs = 0;
        opened = opened_before;
        for (int64_t r = 0; r < count; ++r) {
            const T *run = from + r * run_stride;
            for (int64_t i = 0; i < length; ++i)
                opened |= P::careful(run[i], out, stride, context);
            if (P::by_sample && last_part) {
                inputs += opened;
                opened = false;
            }
        }
    } else {
        flush(kept[0], out, stride);
    }
    if constexpr (P::by_sample) out[P::opened_row * stride] += (double)inputs;
    opened_before = opened;
}

// Short runs of up to SHORT_UNITS units, a few runs at a time: memory is met in order, not in
// strides that all fall into the same few lines of a cache.
constexpr int64_t SHORT_UNITS = 64, SHORT_RUNS = 8;

// Some short runs: of how many samples, how long, and how far from one to the next.
template <class T> struct ShortRuns {
    const T *from;
    int64_t count, length, run_stride, unit_stride;
};

// A few short runs of neighbouring units, a register for each: they lie side by side in memory.
// `kept` holds nothing yet if they are the `first`. `opened`: not zero where a run found a unit
// open. `Whole`: a run fills a register.
template <class T, class P, bool Whole>
inline void few_short_runs(const ShortRuns<T> &few, const typename P::Context &context, P *kept,
                           bool first, uint16_t *opened) {
    using C = ComputeOf<T>;
    constexpr int W = Vector<C>::width;
    const int64_t length = Whole ? W : few.length;
    const int rest = Whole ? 0 : (int)(length % W);
    const Lanes<C> lanes = first_lanes<C>(rest);
    P now[AT_ONCE];
    if (!first) HALFWAVE_UNROLL for (int k = 0; k < AT_ONCE; ++k) now[k] = kept[k];
    for (int64_t r = 0; r < few.count; ++r) {
        const T *run = few.from + r * few.run_stride;
        Lanes<C> found[AT_ONCE] = {};
        for (int64_t i = 0; i + W <= length; i += W)
            HALFWAVE_UNROLL for (int k = 0; k < AT_ONCE; ++k)
                found[k] |= now[k].add(load(run + k * few.unit_stride + i), context);
        if (rest)
            HALFWAVE_UNROLL for (int k = 0; k < AT_ONCE; ++k)
                found[k] |= now[k].add_some(
                    load_some(run + k * few.unit_stride + (length - rest), rest), lanes, context);
        if constexpr (P::by_sample)
            HALFWAVE_UNROLL for (int k = 0; k < AT_ONCE; ++k)
                opened[r * SHORT_UNITS + k] = lanes_word<C>(found[k]);
    }
    HALFWAVE_UNROLL for (int k = 0; k < AT_ONCE; ++k) kept[k] = now[k];
}

template <class T, class P>
void short_runs(const ShortRuns<T> &all, int64_t units, const typename P::Context &context,
                double *out, int64_t stride) {
    constexpr int W = Vector<ComputeOf<T>>::width;
    alignas(P) unsigned char memory[SHORT_UNITS * sizeof(P)];  // nothing is cleared in vain
    P *kept = reinterpret_cast<P *>(memory);
    int32_t inputs[SHORT_UNITS] = {};
    uint16_t opened[SHORT_RUNS * SHORT_UNITS] = {};
    const auto some = [&](const ShortRuns<T> &few, int64_t u, bool first) {
        if (few.length == W)
            few_short_runs<T, P, true>(few, context, kept + u, first, opened + u);
        else
            few_short_runs<T, P, false>(few, context, kept + u, first, opened + u);
    };
    for (int64_t r = 0; r < all.count; r += SHORT_RUNS) {
        ShortRuns<T> few = all;
        few.from += r * all.run_stride;
        few.count = all.count - r < SHORT_RUNS ? all.count - r : SHORT_RUNS;
        for (int64_t u = 0; u < units; u += AT_ONCE, few.from += AT_ONCE * all.unit_stride)
            some(few, u, r == 0);
        if constexpr (P::by_sample)
            for (int64_t k = 0; k < few.count; ++k)
                for (int64_t u = 0; u < SHORT_UNITS; ++u)
                    inputs[u] += opened[k * SHORT_UNITS + u] != 0;
    }
    for (int64_t u = 0; u < units;) {
        const int together = units - u < W ? 1 : W;
        if (together == W) turn<W / 2>(kept + u);
        if (kept[u].lost()) {
            for (int64_t end = u + together; u < end; ++u) {
                bool before = false;
                runs<T, P>(all.from + u * all.unit_stride, all.count, all.length, all.run_stride,
                           context, out + u, stride, before, true);
            }
            continue;
        }
        if (together == W)
            flush_lanes(kept[u], out + u, stride, W);
        else
            flush(kept[u], out + u, stride);
        if constexpr (P::by_sample)
            for (int k = 0; k < together; ++k) out[P::opened_row * stride + u + k] += inputs[u + k];
        u += together;
    }
}

template <class T, class P>
void end_to_end(const View &view, const typename P::Context &context, int64_t first, int64_t last,
                double *out, int64_t stride) {
    const T *data = static_cast<const T *>(view.data);
    bool opened = false;
    if (view.inner > STRETCH) {
        for (int64_t o = 0; o < view.outer; ++o)
            for (int64_t u = first; u < last; ++u) {
                const T *run = data + o * view.outer_stride + u * view.unit_stride;
                opened = false;
                for (int64_t i = 0; i < view.inner; i += STRETCH) {
                    const int64_t left = view.inner - i;
                    runs<T, P>(run + i, 1, left < STRETCH ? left : STRETCH, 0, context, out + u,
                               stride, opened, left <= STRETCH);
                }
            }
        return;
    }
    const bool is_short = view.inner <= 2 * AT_ONCE * Vector<ComputeOf<T>>::width;
    const int64_t together = STRETCH / 2 / view.inner + 1;
    for (int64_t o = 0; o < view.outer; o += together) {
        const int64_t count = view.outer - o < together ? view.outer - o : together;
        const T *from = data + o * view.outer_stride;
        int64_t u = first;
        while (is_short && u + AT_ONCE <= last) {
            const int64_t left = (last - u) / AT_ONCE * AT_ONCE;
            const int64_t units = left < SHORT_UNITS ? left : SHORT_UNITS;
            short_runs<T, P>({from + u * view.unit_stride, count, view.inner, view.outer_stride,
                              view.unit_stride},
                             units, context, out + u, stride);
            u += units;
        }
        for (; u < last; ++u)
            runs<T, P>(from + u * view.unit_stride, count, view.inner, view.outer_stride, context,
                       out + u, stride, opened, true);
    }
}

}  // namespace
