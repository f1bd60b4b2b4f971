// What Python sees: addresses, shapes and strides in, doubles out.
//
// No tensor is touched here. The caller keeps it alive, and passes what torch says of it: that
// takes a third of a microsecond, where a DLPack capsule through the array protocol takes two.
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "reading.hpp"
#include "sharing.hpp"

namespace nb = nanobind;

namespace halfwave {
extern const Passes passes_baseline;
#ifdef HALFWAVE_X86
extern const Passes passes_avx2, passes_avx512;
#endif

namespace {

// below this the interpreter is not let go: somebody else might keep it for milliseconds
constexpr int64_t LET_GO = 1 << 18;

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
const Passes *passes = all.front();

std::vector<int64_t> integers(nb::handle tuple) {
    if (!PyTuple_Check(tuple.ptr())) throw nb::type_error("a shape is a tuple");
    std::vector<int64_t> found(PyTuple_GET_SIZE(tuple.ptr()));
    for (size_t i = 0; i < found.size(); ++i) {
        found[i] = PyLong_AsLongLong(PyTuple_GET_ITEM(tuple.ptr(), i));
        if (found[i] == -1 && PyErr_Occurred()) throw nb::python_error();
    }
    return found;
}

class Reader {
  public:
    View view;
    bool can_be_read, is_empty = false;

    Reader(uintptr_t data, int type, nb::handle shape, nb::handle strides, int unit_dim,
           bool samples) {
        const std::vector<int64_t> sizes = integers(shape), steps = integers(strides);
        if (type < 0 || type > 3 || sizes.size() != steps.size() ||
            unit_dim >= (int)sizes.size())
            throw nb::value_error("no such type, or shape and strides do not go together");
        std::vector<Dimension> dims;
        for (size_t i = 0; i < sizes.size(); ++i) {
            dims.push_back({sizes[i], steps[i]});
            is_empty |= sizes[i] == 0;
        }
        view.units = unit_dim < 0 ? 1 : sizes[unit_dim];
        view.data = reinterpret_cast<const void *>(data);
        view.type = static_cast<Type>(type);
        can_be_read = is_empty || (data != 0 && read_as(view, dims, unit_dim, samples));
    }

    void share(const Pass &pass, uintptr_t out, int rows, int maximum, bool samples,
               int threads) const {
        double *to = reinterpret_cast<double *>(out);
        std::fill_n(to, rows * view.units, 0.0);
        if (is_empty) return;
        if (view.elements() < LET_GO) {
            halfwave::share(view, pass, to, rows, maximum, samples, 1);
        } else {
            nb::gil_scoped_release release;
            halfwave::share(view, pass, to, rows, maximum, samples, threads);
        }
    }
};

// The closed intervals in the precision of the elements, and bounds where these say the same.
class ClosedIntervals {
  public:
    Closed closed;

    ClosedIntervals(nb::handle intervals, Type type, bool samples) {
        const double far = std::numeric_limits<double>::infinity();
        double low = -far, high = far;
        bool bounds = true;
        for (nb::handle pair : intervals) {
            double begin = nb::cast<double>(pair[0]), end = nb::cast<double>(pair[1]);
            if (type != Type::f64) {
                begin = (float)begin;
                end = (float)end;
            }
            numbers_.push_back(begin);
            numbers_.push_back(end);
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

  private:
    std::vector<double> numbers_;
};

bool output(uintptr_t data, int type, nb::handle shape, nb::handle strides, int unit_dim,
            uintptr_t out, int threads) {
    const Reader reader(data, type, shape, strides, unit_dim, false);
    if (!reader.can_be_read) return false;
    reader.share(passes->output, out, OUTPUT_ROWS, ABSMAX, false, threads);
    return true;
}

bool gradient(uintptr_t data, int type, nb::handle shape, nb::handle strides, int unit_dim,
              uintptr_t out, int threads) {
    const Reader reader(data, type, shape, strides, unit_dim, false);
    if (!reader.can_be_read) return false;
    reader.share(passes->gradient, out, GRADIENT_ROWS, -1, false, threads);
    return true;
}

bool rectified(uintptr_t data, int type, nb::handle shape, nb::handle strides, int unit_dim,
               bool samples, uintptr_t out, int threads) {
    const Reader reader(data, type, shape, strides, unit_dim, samples);
    if (!reader.can_be_read) return false;
    const Pass pass = [=](const View &view, int64_t first, int64_t last, double *to,
                          int64_t stride) {
        passes->rectified(view, samples, first, last, to, stride);
    };
    reader.share(pass, out, RECTIFIED_ROWS, ABSMAX, samples, threads);
    const int64_t units = reader.view.units;
    double *const row = reinterpret_cast<double *>(out), *const opened = row + OUTPUT_ROWS * units;
    const double each = reader.is_empty ? 0.0 : (double)(reader.view.elements() / units);
    for (int64_t u = 0; u < units; ++u) {
        const double open_elements = opened[OPEN_ELEMENTS * units + u], nans = row[ZEROS * units + u];
        row[ZEROS * units + u] = each - open_elements - nans;
        row[TOTAL_ABS * units + u] = row[TOTAL * units + u];
        opened[OPEN_NONFINITE * units + u] = row[NONFINITE * units + u];
        if (!samples) opened[OPEN_INPUTS * units + u] = open_elements;
    }
    return true;
}

bool open(uintptr_t data, int type, nb::handle shape, nb::handle strides, int unit_dim,
          bool samples, nb::handle intervals, uintptr_t out, int threads) {
    const Reader reader(data, type, shape, strides, unit_dim, samples);
    if (!reader.can_be_read) return false;
    const ClosedIntervals closed(intervals, reader.view.type, samples);
    const Pass pass = [&](const View &view, int64_t first, int64_t last, double *to,
                          int64_t stride) {
        passes->open(view, closed.closed, first, last, to, stride);
    };
    reader.share(pass, out, OPEN_ROWS, -1, samples, threads);
    return true;
}

bool some(uintptr_t data, int type, nb::handle shape, nb::handle strides, int unit_dim,
          bool samples, nb::handle intervals, uintptr_t units, int64_t count, uintptr_t out) {
    const Reader reader(data, type, shape, strides, unit_dim, samples);
    if (!reader.can_be_read) return false;
    double *to = reinterpret_cast<double *>(out);
    std::fill_n(to, count, 0.0);
    if (reader.is_empty) return true;
    const ClosedIntervals closed(intervals, reader.view.type, samples);
    const int64_t *chosen = reinterpret_cast<const int64_t *>(units);
    for (int64_t i = 0; i < count; ++i)
        if (chosen[i] < 0 || chosen[i] >= reader.view.units) throw nb::index_error("no such unit");
    passes->some(reader.view, closed.closed, chosen, count, to);
    return true;
}

double square(uintptr_t data, uintptr_t other, int type, int64_t count, int threads) {
    if (type < 0 || type > 3) throw nb::value_error("no such type");
    const Type kind = static_cast<Type>(type);
    const int64_t width = kind == Type::f64 ? 8 : kind == Type::f32 ? 4 : 2;
    const auto part = [=](int64_t begin, int64_t end) {
        const char *a = reinterpret_cast<const char *>(data) + begin * width;
        const char *b = other ? reinterpret_cast<const char *>(other) + begin * width : nullptr;
        return passes->square(kind, a, b, end - begin);
    };
    if (count < LET_GO) return share_sum(count, part, 1);
    nb::gil_scoped_release release;
    return share_sum(count, part, threads);
}

std::vector<std::string> instruction_sets() {
    std::vector<std::string> names;
    for (const Passes *one : all) names.emplace_back(one->name);
    return names;
}

void use(const std::string &name) {
    for (const Passes *one : all)
        if (name == one->name) {
            passes = one;
            return;
        }
    throw nb::value_error("this processor has no such instruction set");
}

}  // namespace
}  // namespace halfwave

NB_MODULE(_native, m) {
    using namespace halfwave;
    m.doc() = "Statistics of tensors in one pass; see halfwave.kernels.native_ops for its use.";
    m.def("output", &output);
    m.def("gradient", &gradient);
    m.def("rectified", &rectified);
    m.def("open", &halfwave::open);
    m.def("some", &some);
    m.def("square", &square);
    m.def("instruction_sets", &instruction_sets);
    m.def("instruction_set", [] { return std::string(passes->name); });
    m.def("use", &use);
}
