#include <retrograde/version.hpp>

#include "bind.hpp"

NB_MODULE(_core, m) {
  namespace nb = nanobind;
  namespace python = retrograde::python;
  m.doc() = "The engine of retrograde. Use the package, which explains itself.";
  m.attr("__version__") =
      nb::str(retrograde::version::string.data(), retrograde::version::string.size());
  python::bind_errors(m);
  python::bind_network(m);
  python::bind_trials(m);
  python::bind_scenario(m);
  python::bind_run(m);
  python::bind_gradient(m);
  python::bind_train(m);
}
