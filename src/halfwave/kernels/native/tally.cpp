#include "tally.hpp"

#include <algorithm>

#include "reading.hpp"

namespace halfwave {
namespace {

PyObject *get_num_threads = nullptr;

int threads_for(const View &view) {
    if (view.elements() < LET_GO || get_num_threads == nullptr) return 1;
    PyObject *answer = PyObject_CallNoArgs(get_num_threads);
    const long threads = answer == nullptr ? 1 : PyLong_AsLong(answer);
    Py_XDECREF(answer);
    PyErr_Clear();
    return threads < 1 ? 1 : (int)threads;
}

// Where a look's figures lie until they are merged: the same memory for all sites, so that it
// stays in the cache. Each thread has its own, as a look lets the interpreter go.
double *scratch(int64_t doubles) {
    thread_local std::vector<double> memory;
    if ((int64_t)memory.size() < doubles) memory.resize(doubles);
    return memory.data();
}

bool alike(const std::vector<int64_t> &known, const int64_t *now) {
    return std::equal(known.begin(), known.end(), now);
}

}  // namespace

void know_threads(PyObject *function) {
    Py_INCREF(function);  // one for ever: a function of torch's
    Py_XDECREF(get_num_threads);
    get_num_threads = function;
}

Tally::Tally(int64_t units, int axis, std::vector<double> closed, Ledger ledger)
    : units_(units), axis_(axis), intervals_(std::move(closed)), ledger_(ledger) {
    Py_INCREF(ledger_.owner);
    clear();
}

Tally::~Tally() { Py_DECREF(ledger_.owner); }

void Tally::learn(Known &known, const Tensor &tensor) const {
    const int rank = tensor.rank, dim = rank + axis_;
    known.type = tensor.type;
    known.sizes.assign(tensor.sizes, tensor.sizes + rank);
    known.strides.assign(tensor.strides, tensor.strides + rank);
    known.can_be_read = false;
    if (dim < 0 || dim >= rank || rank > Dimensions::MOST) return;
    Dimensions dims;
    int64_t before = 1;
    for (int i = 0; i < rank; ++i) {
        if (known.sizes[i] == 0) return;
        if (i < dim) before *= known.sizes[i];
        dims.add({known.sizes[i], known.strides[i]});
    }
    known.samples = dim != rank - 1 && rank != 2;  // a sample has many positions of a unit
    known.view.type = tensor.type;
    known.can_be_read = read_as(known.view, dims, dim, known.samples);
    known.each = tensor.elements() / known.sizes[dim];
    known.inputs = known.samples ? before : known.each;
}

bool Tally::read(Known &known, PyObject *object) const {
    Tensor tensor;
    if (!tell(object, tensor)) return false;
    if (known.type != tensor.type || (int)known.sizes.size() != tensor.rank ||
        !alike(known.sizes, tensor.sizes) || !alike(known.strides, tensor.strides))
        learn(known, tensor);
    known.view.data = tensor.data;
    return known.can_be_read;
}

bool Tally::is_current(int64_t step) const {
    return open_ && (int64_t)column(count_ - 1)[STEP] == step;
}

double *Tally::row_of(int64_t step) {
    if (!is_current(step)) {
        end_step();
        double *fresh = column(count_);
        std::fill_n(fresh, (int)COLUMNS, 0.0);
        std::fill_n(ledger_.opened + count_ * units_, units_, 0.0);
        fresh[STEP] = (double)step;
        ++count_;
        open_ = true;
    }
    return column(count_ - 1);
}

// A row that has nothing to add, mostly: it is read only.
double Tally::add_rare(const double *from, double *to) const {
    return passes().is_empty_row(from, units_) ? 0 : passes().add_row(from, to, units_);
}

Answer Tally::add(int64_t inputs, int64_t each, int64_t step, const double *output,
                  const double *opened_now) {
    if (!has_room(step) || rectified_) return FULL;
    const Passes &with = passes();
    double *row = row_of(step);
    row[INPUTS] += (double)inputs;
    row[ELEMENTS] += (double)(each * units_);
    for (int i = 0; i < OUTPUT_ROWS; ++i) {
        const double *from = output + i * units_;
        double &sum = row[OF_OUTPUT + i];
        if (i == ABSMAX)
            sum = std::max(sum, with.top_row(from, total(i), units_));
        else
            sum += i == NONFINITE ? add_rare(from, total(i)) : with.add_row(from, total(i), units_);
    }
    is_other_ = true;
    if (opened_now == nullptr) return DONE;
    with.add_row(opened_now, opened(), units_);
    for (int i = 0; i < OPEN_ROWS; ++i)
        row[OF_OPEN + i] += with.add_row(opened_now + i * units_, total(OUTPUT_ROWS + i), units_);
    return DONE;
}

// What follows from other figures is left for the end: totals of four rows are added to.
Answer Tally::add_rectified(const Known &known, int64_t step, const double *found) {
    if (!has_room(step) || is_other_) return FULL;
    const Passes &with = passes();
    double *row = row_of(step);
    const double *open = found + (OUTPUT_ROWS + OPEN_ELEMENTS) * units_;
    const double *nans = found + ZEROS * units_;
    const double elements = (double)(known.each * units_);
    const auto add = [&](int figure) {
        return with.add_row(found + figure * units_, total(figure), units_);
    };
    row[INPUTS] += (double)known.inputs;
    row[ELEMENTS] += elements;
    const double opened_sum = with.add_row(
        known.samples ? found + (OUTPUT_ROWS + OPEN_INPUTS) * units_ : open, opened(), units_);
    const double open_sum = add(OUTPUT_ROWS + OPEN_ELEMENTS), sum = add(TOTAL);
    double nans_sum = 0;
    if (!with.is_empty_row(nans, units_)) {
        nans_.resize(units_);
        nans_sum = with.add_row(nans, nans_.data(), units_);
    }
    const double nonfinite = add_rare(found + NONFINITE * units_, total(NONFINITE));
    row[OF_OUTPUT + ZEROS] += elements - open_sum - nans_sum;
    row[OF_OUTPUT + TOTAL] += sum;
    row[OF_OUTPUT + TOTAL_ABS] += sum;
    row[OF_OUTPUT + TOTAL_SQUARE] += add(TOTAL_SQUARE);
    row[OF_OUTPUT + NONFINITE] += nonfinite;
    double &top = row[OF_OUTPUT + ABSMAX];
    top = std::max(top, with.top_row(found + ABSMAX * units_, total(ABSMAX), units_));
    row[OF_OPEN + OPEN_INPUTS] += opened_sum;
    row[OF_OPEN + OPEN_ELEMENTS] += open_sum;
    row[OF_OPEN + OPEN_NONFINITE] += nonfinite;
    rectified_ += known.each;
    return DONE;
}

void Tally::finish_rectified() {
    if (rectified_ == 0) return;
    double *zeros = total(ZEROS), *inputs = total(OUTPUT_ROWS + OPEN_INPUTS);
    const double *open = total(OUTPUT_ROWS + OPEN_ELEMENTS);
    for (int64_t u = 0; u < units_; ++u)
        zeros[u] = (double)rectified_ - open[u] - (nans_.empty() ? 0 : nans_[u]);
    std::copy_n(total(TOTAL), units_, total(TOTAL_ABS));
    std::copy_n(total(NONFINITE), units_, total(OUTPUT_ROWS + OPEN_NONFINITE));
    std::fill_n(inputs, units_, 0.0);
    for (int64_t i = 0; i < count_; ++i)
        passes().add_row(ledger_.opened + i * units_, inputs, units_);
}

// While a look lets the interpreter go, another thread may come by: what was read is copied
// before it, and nothing is added to but after it.

Answer Tally::rectified(PyObject *output, int64_t step) {
    if (!read(output_, output) || output_.view.units != units_) return NOT_HERE;
    if (!has_room(step) || is_other_) return FULL;
    double *found = scratch(RECTIFIED_ROWS * units_);
    if (output_.view.elements() < LET_GO) {
        pass_rectified(output_.view, output_.samples, found, 1);
        return add_rectified(output_, step, found);
    }
    const Known known = output_;
    pass_rectified(known.view, known.samples, found, threads_for(known.view));
    return add_rectified(known, step, found);
}

Answer Tally::before(PyObject *given) {
    has_opened_ = false;
    if (!read(given_, given) || given_.view.units != units_) return NOT_HERE;
    if (closed_ == nullptr || closed_type_ != given_.type ||
        closed_->closed.samples != given_.samples) {
        closed_ = std::make_shared<ClosedIntervals>(intervals_, given_.type, given_.samples);
        closed_type_ = given_.type;
    }
    const View view = given_.view;
    const std::shared_ptr<const ClosedIntervals> closed = closed_;
    if (view.elements() < LET_GO) {
        opened_.resize(OPEN_ROWS * units_);
        look_at_open(view, closed->closed, opened_.data(), 1);
    } else {
        double *found = scratch(OPEN_ROWS * units_);
        look_at_open(view, closed->closed, found, threads_for(view));
        opened_.assign(found, found + OPEN_ROWS * units_);
    }
    has_opened_ = true;
    return DONE;
}

Answer Tally::after(PyObject *output, int64_t step) {
    if (!read(output_, output) || output_.view.units != units_) return NOT_HERE;
    if (!has_room(step) || rectified_) return FULL;
    const View view = output_.view;
    const int64_t inputs = output_.inputs, each = output_.each;
    const bool same = has_opened_ && given_.each == each;
    double *found = scratch(OUTPUT_ROWS * units_);
    look_at_output(view, found, threads_for(view));
    return add(inputs, each, step, found, same ? opened_.data() : nullptr);
}

Answer Tally::gradient(PyObject *gradient, int64_t step, double divisor) {
    if (retired_) return NOT_HERE;
    int64_t index = count_ - 1;
    while (index >= 0 && (int64_t)column(index)[STEP] != step) --index;
    if (index < 0) return DONE;  // its forward was not seen: a share would mislead
    if (!read(gradient_, gradient) || gradient_.view.units != units_) return NOT_HERE;
    const View view = gradient_.view;
    const int64_t each = gradient_.each;
    double *found = scratch(GRADIENT_ROWS * units_);
    look_at_gradient(view, found, threads_for(view));
    if (index >= count_) return DONE;
    if (divisor != 1)
        for (int64_t u = 0; u < units_; ++u) found[u] /= divisor;
    double *row = column(index);
    row[GRADIENT_ELEMENTS] += (double)(each * units_);
    for (int i = 0; i < GRADIENT_ROWS; ++i)
        row[OF_GRADIENT + i] +=
            passes().add_row(found + i * units_, total(OUTPUT_ROWS + OPEN_ROWS + i), units_);
    return DONE;
}

void Tally::end_step() {
    if (!open_) return;
    double *row = column(count_ - 1);
    inputs_ += (int64_t)row[INPUTS];
    row[CLOSED_UNITS] = (double)passes().note_open(opened(), units_, (int64_t)row[STEP], inputs_,
                                                   ledger_.times, ledger_.times + units_,
                                                   ledger_.times + 2 * units_);
    open_ = false;
}

int64_t Tally::end() {
    end_step();
    finish_rectified();
    return count_;
}

void Tally::clear() {
    std::fill_n(ledger_.totals, FIGURES * units_, 0.0);
    std::fill_n(ledger_.times, 3 * units_, -1);
    count_ = inputs_ = rectified_ = 0;
    open_ = is_other_ = false;
    nans_.clear();
}

}  // namespace halfwave
