#include "sharing.hpp"

#include <algorithm>
#include <system_error>
#include <thread>
#include <vector>

namespace halfwave {
namespace {

// a thread takes some 20 µs to start: it has to have more than that to do
constexpr int64_t FOR_A_THREAD = 1 << 19;
// elements in a part whose sums are kept apart, and how many parts there are at most
constexpr int64_t PART = 1 << 18, MOST_PARTS = 16;
// units that are never torn apart where they lie side by side: a multiple of every vector
constexpr int64_t BUNDLE = 64;

// Threads live for one call: nothing of them is left that a fork could break.
void in_threads(int64_t jobs, int workers, const std::function<void(int64_t, int64_t)> &work) {
    std::vector<std::thread> started;
    workers = (int)std::max<int64_t>(1, std::min<int64_t>(workers, jobs));
    int64_t done_by_us = jobs / workers;
    for (int w = 1; w < workers; ++w) {
        const int64_t first = jobs * w / workers, last = jobs * (w + 1) / workers;
        try {
            started.emplace_back(work, first, last);
        } catch (const std::system_error &) {  // no more threads are to be had
            work(first, last);
        }
    }
    work(0, done_by_us);
    for (std::thread &thread : started) thread.join();
}

int workers_for(int64_t elements, int threads) {
    return (int)std::min<int64_t>(threads, std::max<int64_t>(1, elements / FOR_A_THREAD));
}

void merge(const double *part, double *out, int rows, int64_t units, int maximum) {
    for (int row = 0; row < rows; ++row)
        for (int64_t u = 0; u < units; ++u) {
            double &to = out[row * units + u];
            const double from = part[row * units + u];
            to = row == maximum ? std::max(to, from) : to + from;
        }
}

// The positions of `view` that part `index` of `parts` has.
View part_of(const View &view, int64_t index, int64_t parts, bool along_outer) {
    View part = view;
    const int64_t size = along_outer ? view.outer : view.inner;
    const int64_t stride = along_outer ? view.outer_stride : view.inner_stride;
    const int64_t begin = size * index / parts, end = size * (index + 1) / parts;
    (along_outer ? part.outer : part.inner) = end - begin;
    const int64_t width = view.type == Type::f64 ? 8 : view.type == Type::f32 ? 4 : 2;
    part.data = static_cast<const char *>(view.data) + begin * stride * width;
    return part;
}

}  // namespace

void share(const View &view, const Pass &pass, double *out, int rows, int maximum, bool samples,
           int threads) {
    const int64_t units = view.units, bundle = view.lanes ? BUNDLE : 1;
    const int workers = workers_for(view.elements(), threads);
    const int64_t bundles = (units + bundle - 1) / bundle;
    if (bundles >= MOST_PARTS || view.elements() < 2 * PART) {
        in_threads(bundles, workers, [&](int64_t first, int64_t last) {
            pass(view, first * bundle, std::min(last * bundle, units), out, units);
        });
        return;
    }
    // few units: parts of the positions, the same ones however many threads there are
    const int64_t wanted = std::min(MOST_PARTS, view.elements() / PART);
    const bool along_outer = samples || view.outer >= wanted;
    const int64_t parts = std::min(wanted, along_outer ? view.outer : view.inner);
    std::vector<double> results(parts * rows * units);
    in_threads(parts, workers, [&](int64_t first, int64_t last) {
        for (int64_t i = first; i < last; ++i)
            pass(part_of(view, i, parts, along_outer), 0, units, &results[i * rows * units], units);
    });
    std::fill_n(out, rows * units, 0.0);
    for (int64_t i = 0; i < parts; ++i)
        merge(&results[i * rows * units], out, rows, units, maximum);
}

double share_sum(int64_t count, const std::function<double(int64_t, int64_t)> &part, int threads) {
    const int64_t parts = std::max<int64_t>(1, (count + PART - 1) / PART);
    if (parts == 1) return part(0, count);
    std::vector<double> sums(parts);
    in_threads(parts, workers_for(count, threads), [&](int64_t first, int64_t last) {
        for (int64_t i = first; i < last; ++i)
            sums[i] = part(i * PART, std::min((i + 1) * PART, count));
    });
    double sum = 0;
    for (double one : sums) sum += one;
    return sum;
}

}  // namespace halfwave
