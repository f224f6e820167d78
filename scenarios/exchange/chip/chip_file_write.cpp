#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <type_traits>

#include <retrograde/scenarios/exchange/chip/chip_fields.hpp>
#include <retrograde/scenarios/exchange/chip/chip_file.hpp>
#include <retrograde/scenarios/io/hdf5/hdf5.hpp>

namespace retrograde {

namespace {

using namespace loihi2;
using namespace chip_fields;

class ChipWriter {
 public:
  std::string run(const ChipFile& file) {
    const ChipNetwork& chip = file.chip;
    out_.integer("/chip/version", version);
    out_.number("/chip/step_ms", chip.step);
    out_.number("/chip/spike_phase", chip.spike_phase);
    out_.text("/chip/semantics/a", std::string(name(file.semantics.a)));
    out_.text("/chip/semantics/u", std::string(name(file.semantics.u)));
    out_.text("/chip/semantics/v", std::string(name(file.semantics.v)));
    out_.text("/chip/semantics/spike_register",
              shown_names[static_cast<std::size_t>(file.semantics.spike_register)]);
    out_.group("/chip/populations");
    out_.group("/chip/projections");
    for (std::size_t k = 0; k < chip.populations.size(); ++k)
      write_population(place("populations", k), chip, chip.populations[k]);
    for (std::size_t k = 0; k < chip.projections.size(); ++k)
      write_projection(place("projections", k), chip.projections[k]);
    return out_.bytes();
  }

 private:
  void integer(const std::string& path, std::int64_t value) { out_.numbers(path, {&value, 1}, {}); }

  void write_population(const std::string& path, const ChipNetwork& chip, const ChipPopulation& p) {
    out_.text(path + "/name", p.name);
    out_.text(path + "/model", std::string(name(p.model)));
    integer(path + "/size", p.size);
    integer(path + "/lag", p.lag);
    out_.numbers(path + "/scale", p.scales, {p.scales.size()});
    integer(path + "/reset_interval", p.reset_interval);
    integer(path + "/reset_offset", p.reset_offset);
    if (p.model.has_cuba_neurons())
      write_cells(path, std::span(chip.neurons).subspan(p.first, p.size));
    std::visit(
        [&](const auto& cells) {
          if constexpr (!std::is_same_v<decltype(cells), const std::monostate&>)
            write_cells(path, std::span(cells));
        },
        p.cells);
  }

  template <typename Cell>
  void write_cells(const std::string& path, std::span<const Cell> cells) {
    for (const ChipField<Cell>& field : chip_fields::of(static_cast<const Cell*>(nullptr))) {
      std::vector<std::int32_t> values;
      for (const Cell& cell : cells) values.push_back(field.get(cell));
      if (std::all_of(values.begin(), values.end(), [&](std::int32_t v) { return v == values[0]; }))
        values.resize(1);
      out_.numbers(fmt::format("{}/{}", path, field.name), values, {values.size()});
    }
  }

  void write_projection(const std::string& path, const ChipProjection& p) {
    out_.text(path + "/name", p.name);
    integer(path + "/source", p.source);
    integer(path + "/target", p.target);
    out_.text(path + "/sign", sign_names[static_cast<std::size_t>(p.format.sign)]);
    integer(path + "/weight_bits", p.format.bits);
    integer(path + "/weight_exponent", p.format.exponent);
    integer(path + "/message_bits", p.message_bits);
    integer(path + "/port", p.port);
    if (p.convolution) return write_convolution(path + "/convolution", *p.convolution);
    const auto column = [&](const char* key, auto ChipSynapse::*member) {
      std::vector<std::int32_t> values;
      values.reserve(p.synapses.size());
      for (const ChipSynapse& s : p.synapses)
        values.push_back(static_cast<std::int32_t>(s.*member));
      out_.numbers(fmt::format("{}/synapse/{}", path, key), values, {values.size()});
    };
    column("source", &ChipSynapse::source);
    column("target", &ChipSynapse::target);
    column("weight", &ChipSynapse::weight);
    column("delay", &ChipSynapse::delay);
  }

  void write_convolution(const std::string& path, const Convolution& c) {
    const auto write = [&](const char* key, const auto& values) {
      const std::vector<std::int64_t> all(values.begin(), values.end());
      out_.numbers(fmt::format("{}/{}", path, key), all, {all.size()});
    };
    const auto shape = [](const Convolution::Shape& s) {
      return std::array{s.channels, s.height, s.width};
    };
    write("in", shape(c.in));
    write("out", shape(c.out));
    write("kernel", c.kernel);
    write("stride", c.stride);
    write("padding", c.padding);
    write("dilation", c.dilation);
    write("weight", c.weights);
    write("delay", c.delays);
    integer(path + "/groups", static_cast<std::int64_t>(c.groups));
  }

  hdf5::Writer out_;
};

}  // namespace

std::string write_chip_file(const ChipFile& file) {
  check(file.chip);
  check(file.semantics);
  return ChipWriter().run(file);
}

}  // namespace retrograde
