// The way through a tensor whose units lie side by side in memory.
#pragma once

#include <algorithm>

#include "spread.hpp"

namespace {

// Rows after which sums go to doubles.
constexpr int64_t ROWS = 256;

// Columns that go together: what is kept of them and the rows that are read for them share the first
// cache. As many as FAR_COLUMNS if these leave room for the rows.
constexpr int64_t FAR_COLUMNS = 1024, ROOM = 16 << 10;
template <class P>
constexpr int64_t COLUMNS =
    FAR_COLUMNS / Vector<typename P::Compute>::width * (int64_t)sizeof(P) <= ROOM ? FAR_COLUMNS : 512;

// What is larger than FAR bytes comes from memory, not from a cache: it is read in runs of a KiB
// at least, a page of float32 together, and asked for so many bytes before.
constexpr int64_t FAR = 16 << 20, FAR_RUN = 1 << 10, AHEAD = 16 << 10;

// Registers that go down some rows side by side: a line of the cache, if there are as many.
constexpr int ABREAST = AT_ONCE < 64 / BYTES ? AT_ONCE : 64 / BYTES;

// Rows that pass a register before it makes room for the next columns, at most.
constexpr int64_t FEW_ROWS = 4;

// How many rows of so many bytes there are in a number of them; at least one.
inline int64_t rows_in(int64_t bytes, int64_t row) { return bytes > row ? bytes / row : 1; }

// N registers of columns down some rows; with `count` only the first lanes of one.
template <class T, class P, int N, bool Far>
__attribute__((always_inline)) inline void down(const T *from, int64_t rows, int64_t row_stride,
                                                int count, P *kept, int64_t ahead,
                                                const typename P::Context &context) {
    using C = ComputeOf<T>;
    constexpr int W = Vector<C>::width;
    P now[N];
    HALFWAVE_UNROLL for (int k = 0; k < N; ++k) now[k] = kept[k];
    if (N > 1 || count == W) {
        HALFWAVE_UNROLL for (int64_t r = 0; r < rows; ++r, from += row_stride)
            HALFWAVE_UNROLL for (int k = 0; k < N; ++k) {
                // past the end of the tensor it does nothing
                if constexpr (Far) __builtin_prefetch(from + ahead + k * W, 0, 2);
                now[k].add(load(from + k * W), context);
            }
    } else {
        const Lanes<C> lanes = first_lanes<C>(count);
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
    constexpr int N = Far ? AT_ONCE : ABREAST;
    const int64_t row_bytes = columns * (int64_t)sizeof(T);
    const int64_t at_once = Far ? std::min(rows_in(FAR_RUN, row_bytes), FEW_ROWS) : FEW_ROWS;
    const int64_t ahead = rows_in(AHEAD, row_bytes) * row_stride;
    for (int64_t begin = 0; begin < rows; begin += at_once) {
        const int64_t few = std::min(rows - begin, at_once);
        const T *row = from + begin * row_stride;
        int64_t c = 0;
        if (few == FEW_ROWS)  // a number that the compiler knows: its loop is unrolled
            for (; c + N * W <= columns; c += N * W)
                down<T, P, N, Far>(row + c, FEW_ROWS, row_stride, W, kept + c / W, ahead, context);
        for (; c + N * W <= columns; c += N * W)
            down<T, P, N, Far>(row + c, few, row_stride, W, kept + c / W, ahead, context);
        for (; c < columns; c += W) {
            const int count = columns - c < W ? (int)(columns - c) : W;
            down<T, P, 1, Far>(row + c, few, row_stride, count, kept + c / W, ahead, context);
        }
    }
}

// Up to FAR_COLUMNS columns down up to ROWS rows: the `first` that these columns have, or further ones.
template <class T, class P>
void tile(const T *from, int64_t rows, int64_t row_stride, int64_t columns, bool far, bool first,
          const typename P::Context &context, double *out, int64_t stride, bool *opened) {
    constexpr int W = Vector<ComputeOf<T>>::width;
    P kept[FAR_COLUMNS / W];
    (far ? across<T, P, true> : across<T, P, false>)(from, rows, row_stride, columns, kept, context);
    for (int64_t c = 0; c < columns; c += W) {
        const int count = columns - c < W ? (int)(columns - c) : W;
        const P &one = kept[c / W];
        if (one.lost()) {
            if (first) clear<P>(out + c, stride, count);
            for (int64_t r = 0; r < rows; ++r)
                for (int i = 0; i < count; ++i)
                    opened[c + i] |=
                        P::careful(from[r * row_stride + c + i], out + c + i, stride, context);
            continue;
        }
        if (first)
            put(one, out + c, stride, count);
        else
            flush_lanes(one, out + c, stride, count);
        refine_columns(from + c, rows, row_stride, count, one, out + c, stride);
        if constexpr (P::by_sample)
            for (int i = 0; i < count; ++i) opened[c + i] |= one.counted[i] != 0;
    }
}

template <class T, class P>
void side_by_side(const View &view, const typename P::Context &context, int64_t first,
                  int64_t last, double *out, int64_t stride) {
    const T *data = static_cast<const T *>(view.data);
    const bool far = view.elements() * (int64_t)sizeof(T) > FAR;
    const int64_t together = far ? FAR_COLUMNS : COLUMNS<P>;
    for (int64_t o = 0; o < view.outer; ++o)
        for (int64_t u = first; u < last; u += together) {
            const int64_t columns = std::min(last - u, together);
            const T *from = data + o * view.outer_stride + u;
            bool opened[FAR_COLUMNS] = {};
            for (int64_t r = 0; r < view.inner; r += ROWS) {
                const int64_t rows = view.inner - r < ROWS ? view.inner - r : ROWS;
                tile<T, P>(from + r * view.inner_stride, rows, view.inner_stride, columns, far,
                           o == 0 && r == 0, context, out + u, stride, opened);
            }
            if constexpr (P::by_sample) {
                double *inputs = out + P::opened_row * stride + u;
                for (int64_t i = 0; i < columns; ++i) inputs[i] = (o ? inputs[i] : 0) + opened[i];
            }
        }
}

}  // namespace
