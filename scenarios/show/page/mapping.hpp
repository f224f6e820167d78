// The part of a report that shows where a network lies on a chip and what a trial will take there.
// Plain data goes in.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <retrograde/scenarios/show/page/page.hpp>

namespace retrograde {

struct ReportMapping {
  std::string chip;  // "Loihi 2"
  std::string verdict;
  bool fits = true;

  // The mesh, and the cores in use on it.
  std::uint32_t columns = 1, rows = 1, cores_per_router = 1;
  std::vector<std::string> layers;
  struct Core {
    std::uint32_t slot = 0;   // router after router, row after row
    std::uint32_t layer = 0;  // of `layers`
    double share = 0;         // used of its fullest resource, 0 to 1 and above
    std::string text;         // shown when hovering
  };
  std::vector<Core> cores;
  bool one_chip = true;  // whether they all lie on one; else the mesh is not drawn

  // Per layer: name, cores, and what its fullest core takes.
  struct Layer {
    std::string name;
    std::uint32_t cores = 0;
    std::vector<std::string> uses;  // as resources says
    std::vector<double> shares;     // 0: no limit known
    std::string binding;            // what decides its time
  };
  std::vector<std::string> resources;
  std::vector<Layer> layer_rows;

  struct Finding {
    bool problem = false;
    std::string message, remedy;
  };
  std::vector<Finding> findings;

  // Values with intervals, to be drawn on a logarithmic axis.
  struct Value {
    std::string name;
    double value = 0, low = 0, high = 0;  // equal ends: a point
    int color = 0;
  };
  std::vector<Value> times, energies;  // ms, mJ
  std::vector<ReportFact> facts;
  std::string basis;  // on how many published points this rests
};

std::string mapping_section(const ReportMapping& mapping);

}  // namespace retrograde
