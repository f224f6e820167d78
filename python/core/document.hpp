// What a verb found, as the command line writes and prints it.
#pragma once

#include <string>
#include <vector>

namespace retrograde::python {

struct PyDocument {
  std::string json;          // of --json
  std::string text;          // for people
  bool verdict = true;       // whether it fits, or is equal
  std::string picture = {};  // an <svg> of its own; empty: there is none
  std::vector<std::string> warnings = {};
};

}  // namespace retrograde::python
