#include <cstdlib>

#include <retrograde/version.hpp>

#include "bind.hpp"
#include "calls.hpp"

namespace {

// The tapes of a batch come and go. What is free above 128 KiB goes back to the kernel, page by page, only to
// come again with the next batch, which costs a twentieth of a run (bench/README.md), until the C library
// of GNU has seen a large block come and go, as most programs have: then it keeps twice as much as that.
void let_the_allocator_keep() {
  void* const volatile block = std::malloc(std::size_t{16} << 20);  // never touched
  std::free(block);
}

}  // namespace

NB_MODULE(_core, m) {
  namespace nb = nanobind;
  namespace python = retrograde::python;
  let_the_allocator_keep();
  m.doc() = "The engine of retrograde. Use the package, which explains itself.";
  const std::string_view version = retrograde::version::string;
  m.attr("version") = nb::str(version.data(), version.size());
  python::bind_errors(m);
  python::bind_network(m);
  python::bind_trials(m);
  python::bind_scenario(m);
  python::bind_device(m);
  python::bind_run(m);
  python::bind_gradient(m);
  python::bind_train(m);
  python::bind_subject(m);
  python::bind_check(m);
  python::bind_chip(m);
  python::bind_diff(m);
  python::bind_export(m);
  m.def("end_calls", python::end_calls);
  nb::module_::import_("atexit").attr("register")(m.attr("end_calls"));
  // What a module of the user's still holds when Python ends, an output of torch say, is no leak.
  nb::set_leak_warnings(false);
}
