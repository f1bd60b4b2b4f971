// The two ways through a tensor: units side by side in memory, or the positions of a unit.
#pragma once

#include "passes.hpp"

// a register is one only if the loop over registers is gone
#if defined(__clang__)
#define HALFWAVE_UNROLL _Pragma("unroll")
#else
#define HALFWAVE_UNROLL _Pragma("GCC unroll 8")
#endif

namespace {

// Rows and elements of a unit after which sums go to doubles; columns that go together: a page
// of float32. What is larger than FAR bytes comes from memory, not from a cache.
constexpr int64_t ROWS = 256, STRETCH = 8192, COLUMNS = 1024, FAR = 8 << 20;

// how many registers' worth of columns, or of a run, go on at a time
#if defined(__AVX512F__)
constexpr int AT_ONCE = 4;
#else
constexpr int AT_ONCE = 2;
#endif

template <class T> using ComputeOf = typename Element<T>::Compute;

// -- units side by side ------------------------------------------------------------------------

// Rows that pass a register before it makes room for the next columns.
constexpr int64_t few_rows(bool far) { return far ? 4 : 8; }

// N registers of columns down some rows; with `count` only the first lanes of one.
template <class T, class P, int N, bool Far>
__attribute__((always_inline)) inline void down(const T *from, int64_t rows, int64_t row_stride, int count, P *kept,
                 const typename P::Context &context) {
    using C = ComputeOf<T>;
    constexpr int W = Vector<C>::width;
    P now[N];
    HALFWAVE_UNROLL for (int k = 0; k < N; ++k) now[k] = kept[k];
    if (N > 1 || count == W) {
        for (int64_t r = 0; r < rows; ++r, from += row_stride)
            HALFWAVE_UNROLL for (int k = 0; k < N; ++k) {
                // wanted when the next few rows are; past the end of the tensor it does nothing
                if constexpr (Far)
                    __builtin_prefetch(from + few_rows(Far) * row_stride + k * W, 0, 2);
                now[k].add(load(from + k * W), context);
            }
    } else {
        const Bits<C> lanes = first_lanes<C>(count);
        for (int64_t r = 0; r < rows; ++r, from += row_stride)
            now[0].add_some(load_some(from, count), lanes, context);
    }
    HALFWAVE_UNROLL for (int k = 0; k < N; ++k) kept[k] = now[k];
}

// All columns of a tile down its rows, the rows few at a time: memory is met in order.
template <class T, class P, bool Far>
void across(const T *from, int64_t rows, int64_t row_stride, int64_t columns, P *kept,
            const typename P::Context &context) {
    constexpr int W = Vector<ComputeOf<T>>::width;
    for (int64_t begin = 0; begin < rows; begin += few_rows(Far)) {
        const int64_t few = rows - begin < few_rows(Far) ? rows - begin : few_rows(Far);
        const T *row = from + begin * row_stride;
        int64_t c = 0;
        for (; c + AT_ONCE * W <= columns; c += AT_ONCE * W)
            down<T, P, AT_ONCE, Far>(row + c, few, row_stride, W, kept + c / W, context);
        for (; c < columns; c += W) {
            const int count = columns - c < W ? (int)(columns - c) : W;
            down<T, P, 1, Far>(row + c, few, row_stride, count, kept + c / W, context);
        }
    }
}

// Up to COLUMNS columns down up to ROWS rows.
template <class T, class P>
void tile(const T *from, int64_t rows, int64_t row_stride, int64_t columns, bool far,
          const typename P::Context &context, double *out, int64_t stride, bool *opened) {
    constexpr int W = Vector<ComputeOf<T>>::width;
    P kept[COLUMNS / W];
    (far ? across<T, P, true> : across<T, P, false>)(from, rows, row_stride, columns, kept, context);
    for (int64_t c = 0; c < columns; c += W) {
        const int count = columns - c < W ? (int)(columns - c) : W;
        const P &one = kept[c / W];
        if (one.lost()) {
            for (int64_t r = 0; r < rows; ++r)
                for (int i = 0; i < count; ++i)
                    opened[c + i] |=
                        P::careful(from[r * row_stride + c + i], out + c + i, stride, context);
            continue;
        }
        one.flush_lanes(out + c, stride, count);
        if constexpr (P::by_sample)
            for (int i = 0; i < count; ++i) opened[c + i] |= P::is_open(one.seen[i]);
    }
}

template <class T, class P>
void side_by_side(const View &view, const typename P::Context &context, int64_t first,
                  int64_t last, double *out, int64_t stride) {
    const T *data = static_cast<const T *>(view.data);
    const bool far = view.elements() * (int64_t)sizeof(T) > FAR;
    for (int64_t o = 0; o < view.outer; ++o)
        for (int64_t u = first; u < last; u += COLUMNS) {
            const int64_t columns = last - u < COLUMNS ? last - u : COLUMNS;
            const T *from = data + o * view.outer_stride + u;
            bool opened[COLUMNS] = {};
            for (int64_t r = 0; r < view.inner; r += ROWS) {
                const int64_t rows = view.inner - r < ROWS ? view.inner - r : ROWS;
                tile<T, P>(from + r * view.inner_stride, rows, view.inner_stride, columns, far,
                           context, out + u, stride, opened);
            }
            if constexpr (P::by_sample)
                for (int64_t i = 0; i < columns; ++i) out[P::opened_row * stride + u + i] += opened[i];
        }
}

// -- the positions of a unit side by side --------------------------------------------------------

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

template <class P> inline bool take_opened(P (&kept)[AT_ONCE]) {
    bool opened = false;
    if constexpr (P::by_sample)
        HALFWAVE_UNROLL for (int k = 0; k < AT_ONCE; ++k) {
            opened |= kept[k].opened();
            kept[k].seen = decltype(kept[k].seen){};
        }
    return opened;
}

// Several runs of one unit: what they bring is added up once.
template <class T, class P>
inline void runs(const T *from, int64_t count, int64_t length, int64_t run_stride,
                 const typename P::Context &context, double *out, int64_t stride,
                 bool &opened_before, bool last_part) {
    P kept[AT_ONCE];
    int64_t inputs = 0;
    bool opened = opened_before;
    for (int64_t r = 0; r < count; ++r) {
        stretch(from + r * run_stride, length, kept, context);
        if constexpr (P::by_sample) {
            opened |= take_opened(kept);
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
        kept[0].flush(out, stride);
    }
    if constexpr (P::by_sample) out[P::opened_row * stride] += (double)inputs;
    opened_before = opened;
}

// A few short runs of neighbouring units, a register for each: they lie side by side in memory.
template <class T, class P>
inline void few_short_runs(const T *from, int64_t count, int64_t length, int64_t run_stride,
                           int64_t unit_stride, const typename P::Context &context, P *kept,
                           int64_t *inputs) {
    using C = ComputeOf<T>;
    constexpr int W = Vector<C>::width;
    const int rest = (int)(length % W);
    const Bits<C> lanes = first_lanes<C>(rest);
    P now[AT_ONCE];
    int64_t open[AT_ONCE] = {};
    HALFWAVE_UNROLL for (int k = 0; k < AT_ONCE; ++k) now[k] = kept[k];
    for (int64_t r = 0; r < count; ++r) {
        const T *run = from + r * run_stride;
        for (int64_t i = 0; i + W <= length; i += W)
            HALFWAVE_UNROLL for (int k = 0; k < AT_ONCE; ++k)
                now[k].add(load(run + k * unit_stride + i), context);
        if (rest)
            HALFWAVE_UNROLL for (int k = 0; k < AT_ONCE; ++k)
                now[k].add_some(load_some(run + k * unit_stride + (length - rest), rest), lanes,
                                context);
        if constexpr (P::by_sample)
            HALFWAVE_UNROLL for (int k = 0; k < AT_ONCE; ++k) {
                open[k] += now[k].opened();
                now[k].seen = Bits<C>{};
            }
    }
    HALFWAVE_UNROLL for (int k = 0; k < AT_ONCE; ++k) {
        kept[k] = now[k];
        inputs[k] += open[k];
    }
}

// Short runs of up to SHORT_UNITS units, a few runs at a time: memory is met in order, not in
// strides that all fall into the same few lines of a cache.
constexpr int64_t SHORT_UNITS = 64, SHORT_RUNS = 8;

template <class T, class P>
void short_runs(const T *from, int64_t count, int64_t length, int64_t run_stride,
                int64_t unit_stride, int64_t units, const typename P::Context &context,
                double *out, int64_t stride) {
    P kept[SHORT_UNITS];
    int64_t inputs[SHORT_UNITS] = {};
    for (int64_t r = 0; r < count; r += SHORT_RUNS)
        for (int64_t u = 0; u < units; u += AT_ONCE)
            few_short_runs<T, P>(from + r * run_stride + u * unit_stride,
                                 count - r < SHORT_RUNS ? count - r : SHORT_RUNS, length,
                                 run_stride, unit_stride, context, kept + u, inputs + u);
    for (int64_t u = 0; u < units; ++u) {
        if (kept[u].lost()) {
            bool opened = false;
            runs<T, P>(from + u * unit_stride, count, length, run_stride, context, out + u, stride,
                       opened, true);
            continue;
        }
        kept[u].flush(out + u, stride);
        if constexpr (P::by_sample) out[P::opened_row * stride + u] += (double)inputs[u];
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
            short_runs<T, P>(from + u * view.unit_stride, count, view.inner, view.outer_stride,
                             view.unit_stride, units, context, out + u, stride);
            u += units;
        }
        for (; u < last; ++u)
            runs<T, P>(from + u * view.unit_stride, count, view.inner, view.outer_stride, context,
                       out + u, stride, opened, true);
    }
}

}  // namespace
