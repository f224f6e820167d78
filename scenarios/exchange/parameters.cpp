#include <fmt/format.h>
#include <iterator>
#include <nlohmann/json.hpp>

#include <retrograde/scenarios/exchange/parameters.hpp>
#include <retrograde/scenarios/io/arrays/zip.hpp>
#include <retrograde/scenarios/io/csv.hpp>
#include <retrograde/scenarios/io/npy.hpp>

namespace retrograde {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t piece = std::size_t{1} << 20;  // bytes of CSV at a time

const char* unit_of(ParameterKind kind) { return is_time(kind) ? "ms" : "V"; }

// The archive, and what its arrays are.
class Arrays {
 public:
  void add(const std::string& name, const char* unit, const std::string& meaning,
           NumericArray array) {
    archive_.add(name + ".npy", npy_bytes(array));
    described_[name] = {{"unit", unit}, {"meaning", meaning}};
  }
  std::string bytes(const std::string& of) {
    const Json description = {{"schema", "retrograde.parameters/1"},
                              {"values", of},
                              {"units", {{"ms", "milliseconds"}, {"V", "units of V"}}},
                              {"arrays", described_}};
    archive_.add("description.json", description.dump(2) + "\n");
    return archive_.bytes();
  }

 private:
  ZipWriter archive_;
  Json described_ = Json::object();
};

NumericArray list(std::size_t size, bool whole, const auto& value) {
  NumericArray array{{size}, std::vector<double>(size), whole};
  for (std::size_t k = 0; k < size; ++k) array.values[k] = static_cast<double>(value(k));
  return array;
}

void add_population(const Network& network, const Population& p, Arrays& arrays) {
  for (const ParameterKind kind : p.model.parameters(p.receptors)) {
    const auto values = network.parameters(kind).subspan(p.first, p.size);
    arrays.add(fmt::format("population.{}.{}", p.name, name(kind)), unit_of(kind),
               fmt::format("of each neuron of {}", p.name),
               list(p.size, false, [&](std::size_t k) { return values[k]; }));
  }
}

void add_projection(const Network& network, const Projection& p, Arrays& arrays) {
  const std::string of = fmt::format("projection.{}.", p.name);
  const std::string source = network.populations()[p.source].name,
                    target = network.populations()[p.target].name;
  arrays.add(of + "source", "1", "of each synapse, the neuron of " + source,
             list(p.size, true, [&](std::size_t k) { return p.source_of(k); }));
  arrays.add(of + "target", "1", "of each synapse, the neuron of " + target,
             list(p.size, true, [&](std::size_t k) { return p.targets[k]; }));
  for (const ParameterKind kind : synapse_parameter_kinds) {
    const auto values = network.parameters(kind).subspan(p.first, p.size);
    arrays.add(of + std::string(name(kind)), unit_of(kind), "of each synapse",
               list(p.size, false, [&](std::size_t k) { return values[k]; }));
  }
}

// Rows that are handed on piece by piece.
class Rows {
 public:
  explicit Rows(const std::function<void(std::string_view)>& write) : write_(write) {}
  template <typename... Values>
  void add(fmt::format_string<Values...> format, Values&&... values) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Values>(values)...);
    if (text_.size() >= piece) flush();
  }
  void flush() {
    write_(text_);
    text_.clear();
  }

 private:
  const std::function<void(std::string_view)>& write_;
  std::string text_;
};

}  // namespace

std::string parameters_npz(const Network& network, const std::string& of) {
  Arrays arrays;
  for (const Population& p : network.populations()) add_population(network, p, arrays);
  for (const Projection& p : network.projections()) add_projection(network, p, arrays);
  return arrays.bytes(of);
}

void write_parameters_csv(const Network& network,
                          const std::function<void(std::string_view)>& write) {
  Rows rows(write);
  rows.add("kind,name,parameter,source,target,value,unit\n");
  for (const Population& p : network.populations()) {
    const std::string field = csv_field(p.name);
    for (const ParameterKind kind : p.model.parameters(p.receptors))
      for (NeuronId n = 0; n < p.size; ++n)
        rows.add("population,{},{},,{},{},{}\n", field, name(kind), n,
                 network.parameters(kind)[p.first + n], unit_of(kind));
  }
  for (const Projection& p : network.projections()) {
    const std::string field = csv_field(p.name);
    for (const ParameterKind kind : synapse_parameter_kinds)
      for (SynapseId k = 0; k < p.size; ++k)
        rows.add("projection,{},{},{},{},{},{}\n", field, name(kind), p.source_of(k), p.targets[k],
                 network.parameters(kind)[p.first + k], unit_of(kind));
  }
  rows.flush();
}

}  // namespace retrograde
