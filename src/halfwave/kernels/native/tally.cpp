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
    if (dim < 0 || dim >= rank) return;
    std::vector<Dimension> dims;
    int64_t before = 1;
    for (int i = 0; i < rank; ++i) {
        if (known.sizes[i] == 0) return;
        if (i < dim) before *= known.sizes[i];
        dims.push_back({known.sizes[i], known.strides[i]});
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
        end();
        double *fresh = column(count_);
        std::fill_n(fresh, (int)COLUMNS, 0.0);
        std::fill_n(ledger_.opened + count_ * units_, units_, 0.0);
        fresh[STEP] = (double)step;
        ++count_;
        open_ = true;
    }
    return column(count_ - 1);
}

Answer Tally::add(int64_t inputs, int64_t each, int64_t step, const double *output,
                  const double *opened) {
    if (!has_room(step)) return FULL;
    const Passes &with = passes();
    double *row = row_of(step), *to = ledger_.totals;
    row[INPUTS] += (double)inputs;
    row[ELEMENTS] += (double)(each * units_);
    for (int i = 0; i < OUTPUT_ROWS; ++i, to += units_) {
        const double *from = output + i * units_;
        double &sum = row[OF_OUTPUT + i];
        if (i == ABSMAX)
            sum = std::max(sum, with.top_row(from, to, units_));
        else
            sum += with.add_row(from, to, units_);
    }
    if (opened == nullptr) return DONE;
    with.add_row(opened, ledger_.opened + (count_ - 1) * units_, units_);
    for (int i = 0; i < OPEN_ROWS; ++i, to += units_)
        row[OF_OPEN + i] += with.add_row(opened + i * units_, to, units_);
    return DONE;
}

// While a look lets the interpreter go, another thread may come by: what was read is copied
// before it, and nothing is added to but after it.

Answer Tally::rectified(PyObject *output, int64_t step) {
    if (!read(output_, output) || output_.view.units != units_) return NOT_HERE;
    if (!has_room(step)) return FULL;
    const View view = output_.view;
    const int64_t inputs = output_.inputs, each = output_.each;
    double *found = scratch(RECTIFIED_ROWS * units_);
    look_at_rectified(view, output_.samples, found, threads_for(view));
    return add(inputs, each, step, found, found + OUTPUT_ROWS * units_);
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
    double *found = scratch(OPEN_ROWS * units_);
    look_at_open(view, closed->closed, found, threads_for(view));
    opened_.assign(found, found + OPEN_ROWS * units_);
    has_opened_ = true;
    return DONE;
}

Answer Tally::after(PyObject *output, int64_t step) {
    if (!read(output_, output) || output_.view.units != units_) return NOT_HERE;
    if (!has_room(step)) return FULL;
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
    double *row = column(index), *to = ledger_.totals + (OUTPUT_ROWS + OPEN_ROWS) * units_;
    row[GRADIENT_ELEMENTS] += (double)(each * units_);
    for (int i = 0; i < GRADIENT_ROWS; ++i)
        row[OF_GRADIENT + i] += passes().add_row(found + i * units_, to + i * units_, units_);
    return DONE;
}

int64_t Tally::end() {
    if (open_) {
        double *row = column(count_ - 1);
        inputs_ += (int64_t)row[INPUTS];
        row[CLOSED_UNITS] = (double)passes().note_open(
            ledger_.opened + (count_ - 1) * units_, units_, (int64_t)row[STEP], inputs_,
            ledger_.times, ledger_.times + units_, ledger_.times + 2 * units_);
        open_ = false;
    }
    return count_;
}

void Tally::clear() {
    std::fill_n(ledger_.totals, FIGURES * units_, 0.0);
    std::fill_n(ledger_.times, 3 * units_, -1);
    count_ = inputs_ = 0;
    open_ = false;
}

}  // namespace halfwave
