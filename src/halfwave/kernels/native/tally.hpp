// What several steps have added to one site, kept from look to look: nothing is made anew for
// a call, and the figures of a look are merged while they lie in the cache.
#pragma once

#include <memory>
#include <vector>

#include "looks.hpp"
#include "tensors.hpp"

namespace halfwave {

// Columns of a step's row.
enum Column {
    STEP,
    INPUTS,
    ELEMENTS,
    OF_OUTPUT,
    OF_OPEN = OF_OUTPUT + OUTPUT_ROWS,
    GRADIENT_ELEMENTS = OF_OPEN + OPEN_ROWS,
    OF_GRADIENT,
    CLOSED_UNITS = OF_GRADIENT + GRADIENT_ROWS,
    COLUMNS
};
// Rows of the totals: those of the output, of where it was open, of the gradient.
constexpr int FIGURES = (int)OUTPUT_ROWS + (int)OPEN_ROWS + (int)GRADIENT_ROWS;

// Memory of the caller's: totals[FIGURES][units], times[3][units] (step first open, step last
// open, inputs seen by then), steps[capacity][COLUMNS], opened[capacity][units].
struct Ledger {
    double *totals;
    int64_t *times;
    double *steps, *opened;
    int64_t capacity;
    PyObject *owner;  // of the memory; kept as long as the tally
};

enum Answer { DONE, NOT_HERE, FULL };

class Tally {
  public:
    // `axis`: where the units are, counted from the end (-1: last).
    Tally(int64_t units, int axis, std::vector<double> closed, Ledger ledger);
    ~Tally();
    Tally(const Tally &) = delete;

    // A rectifier's output tells all; of any other activation, what it is given comes first, if
    // anything is to be known of it. A tally is of the one or of the other: FULL for what is not.
    Answer rectified(PyObject *output, int64_t step);
    Answer before(PyObject *given);
    Answer after(PyObject *output, int64_t step);
    Answer gradient(PyObject *gradient, int64_t step, double divisor);

    // Finish the step under way, and what follows from other figures; return how many steps
    // there are.
    int64_t end();
    void clear();
    // Look at nothing any more: gradients may still come by.
    void retire() { retired_ = true; }

  private:
    // How tensors like the last one are read.
    struct Known {
        Type type = Type::f32;
        std::vector<int64_t> sizes, strides;
        View view;
        bool can_be_read = false, samples = false;
        int64_t inputs = 0, each = 0;
    };

    bool read(Known &known, PyObject *object) const;
    void learn(Known &known, const Tensor &tensor) const;
    bool has_room(int64_t step) const { return count_ < ledger_.capacity || is_current(step); }
    bool is_current(int64_t step) const;
    double *row_of(int64_t step);
    void end_step();
    void finish_rectified();
    Answer add(int64_t inputs, int64_t each, int64_t step, const double *output,
               const double *opened);
    Answer add_rectified(const Known &known, int64_t step, const double *found);
    double add_rare(const double *from, double *to) const;
    double *column(int64_t index) const { return ledger_.steps + index * COLUMNS; }
    double *total(int row) const { return ledger_.totals + row * units_; }
    double *opened() const { return ledger_.opened + (count_ - 1) * units_; }  // last step's

    const int64_t units_;
    const int axis_;
    const std::vector<double> intervals_;
    const Ledger ledger_;
    int64_t count_ = 0, inputs_ = 0;
    bool retired_ = false;
    bool open_ = false;         // the last step may still be added to
    bool has_opened_ = false;   // `opened_` is of the call under way
    std::vector<double> opened_;
    bool is_other_ = false;     // figures of another activation than a rectifier are in
    int64_t rectified_ = 0;     // elements of a unit that a rectifier put out
    std::vector<double> nans_;  // among those; empty: none
    std::shared_ptr<const ClosedIntervals> closed_;
    Type closed_type_ = Type::f32;
    Known output_, given_, gradient_;
};

// How many threads torch has, asked for where a tensor is large.
void know_threads(PyObject *get_num_threads);

}  // namespace halfwave
