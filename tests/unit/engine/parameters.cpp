// The table of parameters: what follows from its rows agrees with what has been promised of each
// kind (docs/scenario.md, docs/neuron_models.md), written here once more by hand.
#include <catch2/catch.hpp>
#include <cmath>
#include <fmt/format.h>
#include <fstream>
#include <limits>
#include <map>
#include <set>
#include <string>

#include <retrograde/engine/network/network.hpp>

using namespace retrograde;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
using Kind = ParameterKind;

std::vector<std::string> split(const std::string& text, const std::string& separator) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  for (std::size_t end; (end = text.find(separator, begin)) != std::string::npos;
       begin = end + separator.size())
    parts.push_back(text.substr(begin, end - begin));
  parts.push_back(text.substr(begin));
  return parts;
}

// The rows of docs/scenario.md that are about neuron parameters, by name: the cells after it.
std::map<std::string, std::vector<std::string>> rows_of_manual() {
  std::ifstream file(std::string(RETROGRADE_SOURCE_DIR) + "/docs/scenario.md");
  std::map<std::string, std::vector<std::string>> rows;
  for (std::string line; std::getline(file, line);) {
    const std::vector<std::string> cells = split(line, " | ");
    if (cells.size() < 5 || cells[1].find(" per neuron") == std::string::npos) continue;
    for (const std::string& quoted : split(cells[0].substr(2), ", "))
      rows.emplace(quoted.substr(1, quoted.size() - 2),
                   std::vector<std::string>(cells.begin() + 1, cells.end()));
  }
  return rows;
}

}  // namespace

TEST_CASE("every neuron parameter has a field of its own in PopulationSpec, with its default") {
  PopulationSpec spec;
  std::set<const std::vector<double>*> fields;
  for (const Kind kind : neuron_parameter_kinds) {
    CAPTURE(name(kind));
    CHECK(fields.insert(&spec.values(kind)).second);
    CHECK(spec.values(kind) == std::vector<double>{traits(kind).usual});
    CHECK(traits(kind).range.contains(traits(kind).usual));
    spec.values(kind) = {static_cast<double>(kind)};
  }
  CHECK(spec.tau_mem.front() == static_cast<double>(Kind::tau_mem));
  CHECK(spec.tau_syn.front() == static_cast<double>(Kind::tau_syn));
  CHECK(spec.v_threshold.front() == static_cast<double>(Kind::v_threshold));
  CHECK(spec.v_reset.front() == static_cast<double>(Kind::v_reset));
  CHECK(spec.bias.front() == static_cast<double>(Kind::bias));
  CHECK(spec.t_ref.front() == static_cast<double>(Kind::t_ref));
  CHECK(spec.tau_syn_2.front() == static_cast<double>(Kind::tau_syn_2));
  CHECK(spec.tau_syn_3.front() == static_cast<double>(Kind::tau_syn_3));
  CHECK(spec.tau_syn_4.front() == static_cast<double>(Kind::tau_syn_4));
  CHECK(spec.tau_adapt.front() == static_cast<double>(Kind::tau_adapt));
  CHECK(spec.adaptation.front() == static_cast<double>(Kind::adaptation));
  CHECK(spec.axonal_delay.front() == static_cast<double>(Kind::axonal_delay));
  CHECK(spec.dendritic_delay.front() == static_cast<double>(Kind::dendritic_delay));
}

TEST_CASE("kinds of parameters sort into delays, amplitudes and costly ones as ever") {
  const std::set<Kind> delays = {Kind::delay, Kind::axonal_delay, Kind::dendritic_delay};
  const std::set<Kind> amplitudes = {Kind::weight, Kind::v_threshold, Kind::v_reset, Kind::bias,
                                     Kind::adaptation};
  const std::set<Kind> costly = {Kind::tau_mem,   Kind::tau_syn, Kind::tau_syn_2, Kind::tau_syn_3,
                                 Kind::tau_syn_4, Kind::bias,    Kind::tau_adapt, Kind::adaptation};
  for (const Kind kind : parameter_kinds) {
    CAPTURE(name(kind));
    CHECK(is_delay(kind) == (delays.count(kind) == 1));
    CHECK(is_time(kind) == (amplitudes.count(kind) == 0));
    CHECK(traits(kind).costly == (costly.count(kind) == 1));
  }
}

TEST_CASE("what a network may have of each kind, and where learning stops") {
  const auto row = [](Kind kind) { return traits(kind); };
  for (const Kind kind : {Kind::tau_mem, Kind::tau_syn, Kind::tau_syn_2, Kind::tau_syn_3,
                          Kind::tau_syn_4, Kind::tau_adapt}) {
    CHECK(row(kind).range == ParameterRange{1e-6, 1e12});
    CHECK(row(kind).learned_above == 0.1);
    CHECK(requirement(kind) == "it must lie between 1e-06 and 1e+12 ms");
  }
  for (const Kind kind : {Kind::delay, Kind::axonal_delay, Kind::dendritic_delay, Kind::t_ref}) {
    CHECK(row(kind).range == ParameterRange{0.0});
    CHECK(row(kind).learned_above == 0.0);
    CHECK(requirement(kind) == "it must be finite and not negative");
  }
  for (const Kind kind : {Kind::weight, Kind::v_reset, Kind::bias}) {
    CHECK(row(kind).range == ParameterRange{-1e100, 1e100});
    CHECK(row(kind).learned_above == -infinity);
    CHECK(requirement(kind) == "it must be finite, and no larger than 1e+100");
  }
  CHECK(row(Kind::v_threshold).range == ParameterRange{0.0, 1e100, true});
  CHECK(row(Kind::v_threshold).learned_above == 1e-3);
  CHECK(requirement(Kind::v_threshold) ==
        "it must be finite and above 0, and no larger than 1e+100");
  CHECK(row(Kind::adaptation).range == ParameterRange{0.0, 1e100});
  CHECK(row(Kind::adaptation).learned_above == 0.0);
  CHECK(requirement(Kind::adaptation) ==
        "it must be finite and not negative, and no larger than 1e+100");

  const ParameterRange any, above{0.0, infinity, true};
  for (const double x : {infinity, -infinity, std::nan("")}) {
    CHECK_FALSE(any.contains(x));
    CHECK_FALSE(above.contains(x));
  }
  CHECK_FALSE(above.contains(0.0));
  CHECK(above.contains(5e-324));
  CHECK(ParameterRange{0.0}.contains(0.0));
}

TEST_CASE("the scenario manual gives each neuron parameter the unit, default and models it has") {
  const auto rows = rows_of_manual();
  for (const Kind kind : neuron_parameter_kinds) {
    CAPTURE(name(kind));
    const auto found = rows.find(std::string(name(kind)));
    REQUIRE(found != rows.end());
    const std::vector<std::string>& cells = found->second;
    CHECK(cells[0] == (is_time(kind) ? "time per neuron" : "number per neuron"));
    CHECK(cells[1] == (is_time(kind) ? fmt::format("`\"{:g} ms\"`", traits(kind).usual)
                                     : fmt::format("{:g}", traits(kind).usual)));
    for (const Model model :
         {Model::input, Model::cuba_lif, Model::cuba_li, Model::alif, Model::qif}) {
      const std::string model_name(name(model));
      CAPTURE(model_name);
      bool named = false;
      if (cells[2] == "as many as `receptors` lists") {
        named = model->has_receptors();
      } else if (cells[2].rfind("all but ", 0) == 0) {
        named = cells[2] != "all but " + model_name;
      } else {
        for (const std::string& one : split(cells[2], ", ")) named |= one == model_name;
      }
      const std::vector<SynapseShape> receptors(model->has_receptors() ? max_receptors : 1,
                                                SynapseShape::alpha);
      CHECK(model.has(kind, receptors) == named);
    }
  }
}
