// Values of a network as arrays and as a table.
#include <catch2/catch.hpp>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include <retrograde/scenarios/exchange/parameters.hpp>
#include <retrograde/scenarios/io/arrays/array_file.hpp>
#include <retrograde/scenarios/io/arrays/zip.hpp>
#include <retrograde/scenarios/read/scenario.hpp>

using namespace retrograde;

namespace {

// Every kind of parameter: refractory, adapting, quadratic neurons, two receptors.
Network network() {
  return parse_scenario(R"(
[scenario]
duration = "20 ms"
[[population]]
name = "in, put"
size = 2
spikes = [["1 ms"], []]
axonal_delay = "0.25 ms"
[[population]]
name = "a"
size = 3
model = "alif"
receptors = ["exponential", "alpha"]
t_ref = "2 ms"
tau_mem = ["8 ms", "10 ms", "12 ms"]
adaptation = 0.1
[[population]]
name = "q"
size = 1
model = "qif"
[[projection]]
from = "in, put"
to = "a"
weight = [[0.1, nan], [0.3, 1e-17], [nan, 0.7]]
delay = [["1 ms", "1 ms"], ["2 ms", "3 ms"], ["1 ms", "4 ms"]]
[[projection]]
from = "a"
to = "q"
weight = { distribution = "normal", mean = 0.5, std = 0.2 }
)",
                        "test.toml")
      .network;
}

std::vector<std::uint8_t> bytes_of(const std::string& text) { return {text.begin(), text.end()}; }

}  // namespace

TEST_CASE("an archive for numpy has every value of the network, bit for bit") {
  const Network n = network();
  const ArrayFile file(bytes_of(parameters_npz(n, "test")), "parameters.npz");
  for (const Population& p : n.populations())
    for (const ParameterKind kind : p.model.parameters(p.receptors)) {
      const std::string key = "population." + p.name + "." + std::string(name(kind));
      CAPTURE(key);
      const NumericArray array = file.read(key);
      const auto values = n.parameters(kind).subspan(p.first, p.size);
      CHECK(array.shape == std::vector<std::size_t>{p.size});
      CHECK(array.values == std::vector<double>(values.begin(), values.end()));
    }
  CHECK(file.read("population.a.t_ref").values == std::vector<double>{2, 2, 2});
  CHECK(file.read("population.a.tau_mem").values == std::vector<double>{8, 10, 12});
  CHECK(file.has("population.q.tau_mem"));
  // Synapses, put back into a matrix.
  const std::string of = "projection.in, put->a.";
  const NumericArray source = file.read(of + "source"), target = file.read(of + "target"),
                     weight = file.read(of + "weight"), delay = file.read(of + "delay");
  std::map<std::pair<int, int>, std::pair<double, double>> synapses;
  for (std::size_t k = 0; k < 4; ++k)
    synapses[{static_cast<int>(target.values[k]), static_cast<int>(source.values[k])}] = {
        weight.values[k], delay.values[k]};
  CHECK(synapses ==
        std::map<std::pair<int, int>, std::pair<double, double>>{
            {{0, 0}, {0.1, 1}}, {{1, 0}, {0.3, 2}}, {{1, 1}, {1e-17, 3}}, {{2, 1}, {0.7, 4}}});
}

TEST_CASE("the archive says what its arrays are, and in which unit") {
  const Network n = network();
  const ZipReader archive(bytes_of(parameters_npz(n, "test, epoch 3")), "parameters.npz");
  const auto text = archive.read("description.json");
  const auto description = nlohmann::json::parse(text.begin(), text.end());
  CHECK(description["values"] == "test, epoch 3");
  CHECK(description["arrays"]["population.a.tau_adapt"]["unit"] == "ms");
  CHECK(description["arrays"]["projection.a->q.weight"]["unit"] == "V");
  CHECK(description["arrays"].size() + 1 == archive.names().size());
}

TEST_CASE("the table has the same values, a row for each") {
  const Network n = network();
  std::string text;
  write_parameters_csv(n, [&](std::string_view piece) { text += piece; });
  std::istringstream lines(text);
  std::string line;
  REQUIRE(std::getline(lines, line));
  CHECK(line == "kind,name,parameter,source,target,value,unit");
  std::size_t rows = 0;
  while (std::getline(lines, line)) ++rows;
  std::size_t values = 2 * n.synapse_count();
  for (const Population& p : n.populations())
    values += p.size * p.model.parameters(p.receptors).size();
  CHECK(rows == values);
  CHECK_THAT(text, Catch::Contains("\npopulation,a,tau_mem,,2,12,ms\n") &&
                       Catch::Contains("\nprojection,\"in, put->a\",weight,1,1,1e-17,V\n") &&
                       Catch::Contains("\nprojection,\"in, put->a\",delay,1,2,4,ms\n") &&
                       Catch::Contains("\npopulation,\"in, put\",axonal_delay,,0,0.25,ms\n"));
}
