#include <Python.h>

#include "looks.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "sharing.hpp"

namespace halfwave {
extern const Passes passes_baseline;
#ifdef HALFWAVE_X86
extern const Passes passes_avx2, passes_avx512;
#endif

namespace {

std::vector<const Passes *> supported() {
    std::vector<const Passes *> found;
#ifdef HALFWAVE_X86
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
        found.push_back(&passes_avx512);
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
        __builtin_cpu_supports("f16c"))
        found.push_back(&passes_avx2);
#endif
    found.push_back(&passes_baseline);
    return found;
}

const std::vector<const Passes *> all = supported();
const Passes *current = all.front();

void run(const View &view, const Pass &pass, double *out, int rows, int maximum, bool samples,
         int threads) {
    if (view.elements() == 0) {
        std::fill_n(out, rows * view.units, 0.0);
        return;
    }
    if (view.elements() < LET_GO) {
        share(view, pass, out, rows, maximum, samples, 1);
        return;
    }
    Py_BEGIN_ALLOW_THREADS;
    share(view, pass, out, rows, maximum, samples, threads);
    Py_END_ALLOW_THREADS;
}

}  // namespace

std::vector<std::string> instruction_sets() {
    std::vector<std::string> names;
    for (const Passes *one : all) names.emplace_back(one->name);
    return names;
}

const Passes &passes() { return *current; }

bool use(const std::string &name) {
    for (const Passes *one : all)
        if (name == one->name) {
            current = one;
            return true;
        }
    return false;
}

ClosedIntervals::ClosedIntervals(std::vector<double> numbers, Type type, bool samples)
    : numbers_(std::move(numbers)) {
    const double far = std::numeric_limits<double>::infinity();
    double low = -far, high = far;
    bool bounds = true;
    for (size_t i = 0; i + 1 < numbers_.size(); i += 2) {
        double &begin = numbers_[i], &end = numbers_[i + 1];
        if (type != Type::f64) {
            begin = (float)begin;
            end = (float)end;
        }
        if (begin == -far)
            low = std::fmax(low, end);
        else if (end == far)
            high = std::fmin(high, begin);
        else
            bounds = false;
    }
    closed.low = low;
    closed.high = high;
    closed.exact = numbers_.data();
    closed.exact_count = (int64_t)numbers_.size() / 2;
    if (!bounds) {
        closed.pairs = closed.exact;
        closed.count = closed.exact_count;
    }
    closed.samples = samples;
}

void look_at_output(const View &view, double *out, int threads) {
    run(view, current->output, out, OUTPUT_ROWS, ABSMAX, false, threads);
}

void look_at_gradient(const View &view, double *out, int threads) {
    run(view, current->gradient, out, GRADIENT_ROWS, -1, false, threads);
}

void pass_rectified(const View &view, bool samples, double *out, int threads) {
    const Pass pass = [=](const View &part, int64_t first, int64_t last, double *to,
                          int64_t stride) {
        current->rectified(part, samples, first, last, to, stride);
    };
    run(view, pass, out, RECTIFIED_ROWS, ABSMAX, samples, threads);
}

void look_at_rectified(const View &view, bool samples, double *out, int threads) {
    pass_rectified(view, samples, out, threads);
    const int64_t units = view.units;
    if (units) current->finish(out, units, (double)(view.elements() / units), samples);
}

void look_at_open(const View &view, const Closed &closed, double *out, int threads) {
    const Pass pass = [&](const View &part, int64_t first, int64_t last, double *to,
                          int64_t stride) {
        current->open(part, closed, first, last, to, stride);
    };
    run(view, pass, out, OPEN_ROWS, -1, closed.samples, threads);
}

double square(Type type, const void *data, const void *other, int64_t count, int threads) {
    const int64_t width = type == Type::f64 ? 8 : type == Type::f32 ? 4 : 2;
    const auto part = [=](int64_t begin, int64_t end) {
        const char *a = static_cast<const char *>(data) + begin * width;
        const char *b = other ? static_cast<const char *>(other) + begin * width : nullptr;
        return current->square(type, a, b, end - begin);
    };
    if (count < LET_GO) return share_sum(count, part, 1);
    double sum = 0;
    Py_BEGIN_ALLOW_THREADS;
    sum = share_sum(count, part, threads);
    Py_END_ALLOW_THREADS;
    return sum;
}

}  // namespace halfwave
