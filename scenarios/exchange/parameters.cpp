#include <fmt/format.h>
#include <iterator>
#include <nlohmann/json.hpp>

#include <retrograde/engine/network/named_values.hpp>
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
           const NumericArray& array) {
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

// Who meets whom, before the values of a projection.
void add_ends(const Network& network, const Projection& p, Arrays& arrays) {
  const std::string of = fmt::format("projection.{}.", p.name);
  const std::string source = network.populations()[p.source].name,
                    target = network.populations()[p.target].name;
  arrays.add(of + "source", "1", "of each synapse, the neuron of " + source,
             list(p.size, true, [&](std::size_t k) { return p.source_of(k); }));
  arrays.add(of + "target", "1", "of each synapse, the neuron of " + target,
             list(p.size, true, [&](std::size_t k) { return p.targets[k]; }));
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
  for (const ParameterBlock& block : parameter_blocks(network)) {
    const bool synapses = belongs_to_synapse(block.kind);
    if (block.kind == synapse_parameter_kinds[0])
      add_ends(network, network.projections()[*network.find_projection(block.owner)], arrays);
    const auto values = block.of(network.parameters());
    arrays.add(block.key(), unit_of(block.kind),
               synapses ? "of each synapse" : "of each neuron of " + block.owner,
               list(block.size, false, [&](std::size_t k) { return values[k]; }));
  }
  return arrays.bytes(of);
}

void write_parameters_csv(const Network& network,
                          const std::function<void(std::string_view)>& write) {
  Rows rows(write);
  rows.add("kind,name,parameter,source,target,value,unit\n");
  for (const ParameterBlock& block : parameter_blocks(network)) {
    const std::string field = csv_field(block.owner);
    const auto values = block.of(network.parameters());
    if (!belongs_to_synapse(block.kind)) {
      for (std::size_t n = 0; n < block.size; ++n)
        rows.add("population,{},{},,{},{},{}\n", field, name(block.kind), n, values[n],
                 unit_of(block.kind));
      continue;
    }
    const Projection& p = network.projections()[*network.find_projection(block.owner)];
    for (SynapseId k = 0; k < block.size; ++k)
      rows.add("projection,{},{},{},{},{},{}\n", field, name(block.kind), p.source_of(k),
               p.targets[k], values[k], unit_of(block.kind));
  }
  rows.flush();
}

}  // namespace retrograde
