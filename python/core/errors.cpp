// Errors of C++ become the exceptions of retrograde/errors.py, with the same fields.
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include <retrograde/adjoint/train/training_error.hpp>
#include <retrograde/engine/ranks/ranks.hpp>
#include <retrograde/events/error.hpp>

#include "bind.hpp"

namespace retrograde::python {

namespace {

// Raises the exception of that name; `fields` sets what it has besides its message.
template <typename Fields>
void raise(const char* name, const std::exception& error, const Fields& fields) {
  const nb::object type = nb::module_::import_("retrograde.errors").attr(name);
  const nb::object raised = type(error.what());
  fields(raised);
  PyErr_SetObject(type.ptr(), raised.ptr());
}
void raise(const char* name, const std::exception& error) {
  raise(name, error, [](const nb::object&) {});
}

void translate(const std::exception_ptr& thrown, void*) try {
  std::rethrow_exception(thrown);
} catch (const ScenarioError& e) {
  raise("ScenarioError", e, [&](const nb::object& o) {
    o.attr("file") = e.file;
    o.attr("line") = e.line;
    o.attr("column") = e.column;
    o.attr("key") = e.key;
    o.attr("message") = e.message;
  });
} catch (const NetworkError& e) {
  raise("NetworkError", e, [&](const nb::object& o) { o.attr("where") = e.where; });
} catch (const NumericalError& e) {
  raise("NumericalError", e, [&](const nb::object& o) {
    o.attr("neuron") = e.neuron;
    o.attr("time") = e.time;
  });
} catch (const TrainingError& e) {
  raise("TrainingError", e, [&](const nb::object& o) {
    o.attr("epoch") = e.epoch;
    o.attr("batch") = e.batch;
    o.attr("where") = e.where;
  });
} catch (const DeploymentError& e) {
  raise("DeploymentError", e, [&](const nb::object& o) {
    o.attr("where") = e.where;
    o.attr("field") = e.field;
  });
} catch (const LimitError& e) {
  raise("LimitError", e, [&](const nb::object& o) {
    o.attr("resource") = e.resource;
    o.attr("limit") = e.limit;
    o.attr("wanted") = e.wanted;
  });
} catch (const FormatError& e) {
  raise("FormatError", e, [&](const nb::object& o) {
    o.attr("file") = e.file;
    o.attr("offset") = e.offset;
    o.attr("path") = e.path;
  });
} catch (const IoError& e) {
  raise("IoError", e, [&](const nb::object& o) { o.attr("file") = e.file; });
} catch (const DeviceError& e) {
  raise("DeviceError", e, [&](const nb::object& o) { o.attr("device") = e.device; });
} catch (const UsageError& e) {
  raise("UsageError", e);
} catch (const Interrupted& e) {
  raise("Interrupted", e);
} catch (const Error& e) {
  raise("RetrogradeError", e);
} catch (const InternalError& e) {
  raise("InternalError", e);
}

}  // namespace

void bind_errors(nb::module_&) { nb::register_exception_translator(translate); }

}  // namespace retrograde::python
