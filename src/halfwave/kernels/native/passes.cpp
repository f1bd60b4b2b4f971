// The passes for one instruction set: compiled once for each, with HALFWAVE_SET its name.
#include "end_to_end.hpp"
#include "folding.hpp"
#include "side_by_side.hpp"

#define HALFWAVE_JOIN_(a, b) a##b
#define HALFWAVE_JOIN(a, b) HALFWAVE_JOIN_(a, b)
#define HALFWAVE_TEXT_(a) #a
#define HALFWAVE_TEXT(a) HALFWAVE_TEXT_(a)

namespace {

template <class T, class P>
void through(const View &view, const typename P::Context &context, int64_t first, int64_t last,
             double *out, int64_t stride) {
    auto way = view.lanes ? side_by_side<T, Counting<P>> : end_to_end<T, P>;
    way(view, context, first, last, out, stride);
}

template <template <class> class P>
void plain(const View &view, int64_t first, int64_t last, double *out, int64_t stride) {
    switch (view.type) {
        case Type::f32: return through<float, P<float>>(view, {}, first, last, out, stride);
        case Type::f64: return through<double, P<double>>(view, {}, first, last, out, stride);
        case Type::f16: return through<Half, P<float>>(view, {}, first, last, out, stride);
        case Type::bf16: return through<Brain, P<float>>(view, {}, first, last, out, stride);
    }
}

template <class T>
void rectified_of(const View &view, bool samples, int64_t first, int64_t last, double *out,
                  int64_t stride) {
    using C = ComputeOf<T>;
    if (samples)
        through<T, Rectified<C, true>>(view, {}, first, last, out, stride);
    else
        through<T, Rectified<C, false>>(view, {}, first, last, out, stride);
}

void rectified(const View &view, bool samples, int64_t first, int64_t last, double *out,
               int64_t stride) {
    switch (view.type) {
        case Type::f32: return rectified_of<float>(view, samples, first, last, out, stride);
        case Type::f64: return rectified_of<double>(view, samples, first, last, out, stride);
        case Type::f16: return rectified_of<Half>(view, samples, first, last, out, stride);
        case Type::bf16: return rectified_of<Brain>(view, samples, first, last, out, stride);
    }
}

template <class T>
void open_of(const View &view, const Closed &closed, int64_t first, int64_t last, double *out,
             int64_t stride) {
    using C = ComputeOf<T>;
    const bool bounds = closed.pairs == nullptr;
    auto way = bounds ? (closed.samples ? through<T, Open<C, true, true>>
                                        : through<T, Open<C, true, false>>)
                      : (closed.samples ? through<T, Open<C, false, true>>
                                        : through<T, Open<C, false, false>>);
    way(view, closed, first, last, out, stride);
    if (!closed.samples)  // every position is a sample of its own
        for (int64_t u = first; u < last; ++u)
            out[OPEN_INPUTS * stride + u] = out[OPEN_ELEMENTS * stride + u];
}

void open(const View &view, const Closed &closed, int64_t first, int64_t last, double *out,
          int64_t stride) {
    switch (view.type) {
        case Type::f32: return open_of<float>(view, closed, first, last, out, stride);
        case Type::f64: return open_of<double>(view, closed, first, last, out, stride);
        case Type::f16: return open_of<Half>(view, closed, first, last, out, stride);
        case Type::bf16: return open_of<Brain>(view, closed, first, last, out, stride);
    }
}

// Whether any of `count` neighbours is open; looks no further than it must.
template <class T>
bool any_open(const T *from, int64_t count, int64_t step, const Closed &closed) {
    using C = ComputeOf<T>;
    constexpr int W = Vector<C>::width;
    int64_t i = 0;
    if (step == 1)
        for (; i + W <= count; i += W) {
            const Values<C> x = load(from + i);
            Bits<C> mask = (Bits<C>)(x == x);
            for (int64_t k = 0; k < closed.exact_count; ++k)
                mask &= (Bits<C>)(x < (C)closed.exact[2 * k]) |
                        (Bits<C>)(x > (C)closed.exact[2 * k + 1]);
            if (any(mask)) return true;
        }
    for (; i < count; ++i)
        if (closed.open((double)wide(from[i * step]))) return true;
    return false;
}

template <class T>
void some_of(const View &view, const Closed &closed, const int64_t *units, int64_t count,
             double *out) {
    const T *data = static_cast<const T *>(view.data);
    for (int64_t o = 0; o < view.outer; ++o)
        for (int64_t k = 0; k < count; ++k) {
            const T *from = data + o * view.outer_stride + units[k] * view.unit_stride;
            if (closed.samples) {
                out[k] += any_open(from, view.inner, view.inner_stride, closed);
                continue;
            }
            for (int64_t i = 0; i < view.inner; ++i)
                out[k] += closed.open((double)wide(from[i * view.inner_stride]));
        }
}

void some(const View &view, const Closed &closed, const int64_t *units, int64_t count,
          double *out) {
    switch (view.type) {
        case Type::f32: return some_of<float>(view, closed, units, count, out);
        case Type::f64: return some_of<double>(view, closed, units, count, out);
        case Type::f16: return some_of<Half>(view, closed, units, count, out);
        case Type::bf16: return some_of<Brain>(view, closed, units, count, out);
    }
}

// -- norms -----------------------------------------------------------------------------------

template <class T> double square_of(const void *a, const void *b, int64_t count) {
    using C = ComputeOf<T>;
    constexpr int W = Vector<C>::width;
    const T *now = static_cast<const T *>(a), *old = static_cast<const T *>(b);
    double sum = 0;
    for (int64_t begin = 0; begin < count; begin += STRETCH) {
        const int64_t end = begin + STRETCH < count ? begin + STRETCH : count;
        Gradient<C> kept[4];
        int64_t i = begin;
        for (; i + 4 * W <= end; i += 4 * W)
            HALFWAVE_UNROLL for (int k = 0; k < 4; ++k) {
                const int64_t at = i + k * W;
                kept[k].add(old ? load(now + at) - load(old + at) : load(now + at), {});
            }
        double rest = 0;
        for (int64_t j = i; j < end; ++j) {
            const double x = old ? (double)wide(now[j]) - (double)wide(old[j]) : (double)wide(now[j]);
            rest += x * x;
        }
        HALFWAVE_UNROLL for (int k = 1; k < 4; ++k) kept[0].join(kept[k]);
        if (kept[0].lost()) {
            for (int64_t j = begin; j < i; ++j) {
                const double x =
                    old ? (double)wide(now[j]) - (double)wide(old[j]) : (double)wide(now[j]);
                rest += x * x;
            }
            sum += rest;
        } else {
            sum += sum_lanes(kept[0].square) + rest;
        }
    }
    return sum;
}

double square(Type type, const void *a, const void *b, int64_t count) {
    switch (type) {
        case Type::f32: return square_of<float>(a, b, count);
        case Type::f64: return square_of<double>(a, b, count);
        case Type::f16: return square_of<Half>(a, b, count);
        case Type::bf16: return square_of<Brain>(a, b, count);
    }
    return 0;
}

}  // namespace

namespace halfwave {
extern const Passes HALFWAVE_JOIN(passes_, HALFWAVE_SET);
const Passes HALFWAVE_JOIN(passes_, HALFWAVE_SET) = {
    HALFWAVE_TEXT(HALFWAVE_SET), plain<Output>, plain<Gradient>, rectified, open, some, square,
    finish_rectified, add_row, top_row, is_empty_row, note_open};
}
