#include <retrograde/version.hpp>

#include "bind.hpp"

NB_MODULE(_core, m) {
  namespace nb = nanobind;
  namespace python = retrograde::python;
  m.doc() = "The engine of retrograde. Use the package, which explains itself.";
  const std::string_view version = retrograde::version::string;
  m.attr("version") = nb::str(version.data(), version.size());
  python::bind_errors(m);
  python::bind_network(m);
  python::bind_trials(m);
  python::bind_scenario(m);
  python::bind_run(m);
  python::bind_gradient(m);
  python::bind_train(m);
  python::bind_subject(m);
  python::bind_check(m);
  python::bind_chip(m);
  python::bind_diff(m);
  python::bind_export(m);
}
