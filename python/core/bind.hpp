// The module retrograde._core: one file for each thing that Python holds. Nothing here computes; it
// converts, and calls what the command line calls.
#pragma once

#include <nanobind/nanobind.h>

namespace retrograde::python {

namespace nb = nanobind;

void bind_errors(nb::module_& m);
void bind_network(nb::module_& m);
void bind_scenario(nb::module_& m);
void bind_trials(nb::module_& m);
void bind_device(nb::module_& m);
void bind_run(nb::module_& m);
void bind_gradient(nb::module_& m);
void bind_train(nb::module_& m);
void bind_subject(nb::module_& m);
void bind_check(nb::module_& m);
void bind_chip(nb::module_& m);
void bind_diff(nb::module_& m);
void bind_export(nb::module_& m);

}  // namespace retrograde::python
