// Below Python's own handling of signals: there SIGTERM keeps its default, which programs ask for,
// chain to and put back. A handler of the program's takes the place of this one as a whole.
#include "sigterm.hpp"

#ifdef __linux__
#include <cerrno>
#include <csignal>
#include <ctime>
#include <unistd.h>
#endif

namespace nb = nanobind;

namespace halfwave {
namespace {

#ifdef __linux__

// the main thread may be inside native code that never comes back: it is not waited for
constexpr time_t PATIENCE = 1;

PyObject *say = nullptr;  // never freed: a signal may come while the interpreter ends
pid_t owner = 0;
volatile sig_atomic_t asked = 0, speaking = 0;
timer_t patience;

void wait_for(time_t seconds) {
    const itimerspec once = {{0, 0}, {seconds, 0}};
    timer_settime(patience, 0, &once, nullptr);
}

// As without us: nothing but what may be called in a handler.
void die() {
    signal(SIGTERM, SIG_DFL);
    kill(getpid(), SIGTERM);
}

// On the main thread, between two instructions of Python's.
int speak(void *) {
    if (speaking) return 0;
    speaking = 1;
    wait_for(0);
    PyObject *result = say != nullptr ? PyObject_CallNoArgs(say) : nullptr;
    if (result == nullptr) PyErr_Clear();
    const bool later = result == Py_True;  // it sends the signal again when it is done
    Py_XDECREF(result);
    if (!later) die();
    return 0;
}

void handle(int, siginfo_t *info, void *) {
    const int before = errno;
    const bool is_ours = info != nullptr && info->si_code == SI_TIMER;
    if (getpid() != owner) {
        die();  // a fork: it never was ours
    } else if (asked) {
        // a second one ends the process at once, whatever we are doing
        if (!is_ours || !speaking) die();
    } else {
        asked = 1;
        wait_for(PATIENCE);
        if (!Py_IsInitialized() || Py_AddPendingCall(&speak, nullptr) != 0) die();
    }
    errno = before;
}

// Whether it is done: only where nobody else handles the signal, once a process.
bool before_sigterm(nb::object callback) {
    struct sigaction now = {};
    if (say != nullptr || sigaction(SIGTERM, nullptr, &now) != 0) return false;
    if ((now.sa_flags & SA_SIGINFO) != 0 || now.sa_handler != SIG_DFL) return false;
    sigevent event = {};
    event.sigev_notify = SIGEV_SIGNAL;
    event.sigev_signo = SIGTERM;
    if (timer_create(CLOCK_MONOTONIC, &event, &patience) != 0) return false;
    say = callback.release().ptr();
    owner = getpid();
    struct sigaction ours = {};
    ours.sa_sigaction = &handle;
    ours.sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK;
    sigemptyset(&ours.sa_mask);
    return sigaction(SIGTERM, &ours, nullptr) == 0;
}

#else  // without such a timer a process inside native code would not die at all

bool before_sigterm(nb::object) { return false; }

#endif

}  // namespace

void bind_sigterm(nb::module_ &module) {
    module.def("before_sigterm", &before_sigterm, nb::arg("callback"));
}

}  // namespace halfwave
