// What every call into torch passes while the watch mode is on: those that matter to nobody, by
// far the most, go on at once. In Python this takes longer than many of the calls themselves.
#pragma once

#include <nanobind/nanobind.h>

#include <cstdint>
#include <unordered_map>

namespace halfwave {

class Gate {
  public:
    // `handlers` by function. A call of one of Python's functions that is not among the `genuine`
    // ones is handed to the mode's own method; so is what fails here. `teller` is the code that
    // tells modes of functions written in Python, and `passing_at(frame)` gives what calls torch
    // as if from a frame; `tracing_state()` is None where torch.jit.trace does not run, and
    // `pass_on(error)` raises again what is the program's.
    Gate(nanobind::object handlers, nanobind::object genuine, nanobind::object teller,
         nanobind::object passing_at, nanobind::object tracing_state,
         nanobind::object pass_on);
    ~Gate() { forget(); }
    Gate(const Gate &) = delete;
    Gate &operator=(const Gate &) = delete;

    int64_t calls = 0;      // that it has seen
    bool passive = false;   // every call passes
    int64_t thread = 0;     // the one that is watched; -1: all are

    // `__torch_function__(mode, func, types, args, kwargs)`.
    PyObject *pass(PyObject *const *args, Py_ssize_t count, PyObject *otherwise);
    int traverse(visitproc visit, void *arg) const;
    void forget();

  private:
    struct Place {
        const void *code;
        int instruction;
        bool operator==(const Place &other) const {
            return code == other.code && instruction == other.instruction;
        }
    };
    struct Hash {
        size_t operator()(const Place &place) const {
            return (reinterpret_cast<size_t>(place.code) >> 4) * 31 + place.instruction;
        }
    };
    struct Known {
        PyObject *code, *runs;  // the code is kept: its address stays its own
    };

    bool is_tracing() const;
    PyFrameObject *caller(bool &told) const;
    PyObject *runs_at(PyFrameObject *frame);
    bool is_the_programs() const;
    void forget_places();

    PyObject *handlers_, *genuine_, *teller_, *passing_at_, *tracing_state_, *pass_on_;
    std::unordered_map<Place, Known, Hash> known_;
};

void bind_gate(nanobind::module_ &module);

}  // namespace halfwave
