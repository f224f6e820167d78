#include <fmt/format.h>
#include <string>
#include <utility>
#include <vector>

#include <retrograde/scenarios/read/pursuit/pursuit_tables.hpp>
#include <retrograde/scenarios/read/study_spec.hpp>

namespace retrograde {

namespace {

constexpr std::uint32_t most = 100'000'000;
constexpr std::uint32_t most_dimension = 1'000'000;

std::string quoted_example(const char* key, const char* value) {
  return fmt::format("{} = \"{}\"", key, value);
}

GroupCodesData read_group_codes(TomlTable& table) {
  GroupCodesData data;
  data.samples = table.integer("samples", data.samples, 1, most);
  data.active = table.integer("active", data.active, 1, most_atoms);
  data.margin = table.number("margin", data.margin, Range::not_negative());
  const auto values = table.find("values");
  if (!values) return data;
  const std::vector<TomlValue> ends = values->list();
  if (ends.size() != 2)
    values->fail("it needs two numbers, the lowest and the highest; write values = [1.0, 2.0]");
  data.lowest = ends[0].number();
  data.highest = ends[1].number();
  if (!(data.lowest < data.highest))
    values->fail(fmt::format("{:g} does not lie below {:g}; write the lower one first", data.lowest,
                             data.highest));
  return data;
}

std::optional<std::uint32_t> read_limit(TomlTable& table, const char* key) {
  if (!table.has(key)) return std::nullopt;
  return table.integer(key, 0, 1, most);
}

MnistSignals read_mnist(TomlTable& table) {
  MnistSignals data;
  data.path = table.text("path", "");
  if (const auto how = table.find("standardise")) {
    constexpr Standardise ways[] = {Standardise::none, Standardise::global, Standardise::image};
    data.standardise = ways[how->choice({"none", "global", "image"})];
  }
  data.validation = table.integer("validation", data.validation, 0, 59'999);
  data.train = read_limit(table, "train");
  data.test = read_limit(table, "test");
  return data;
}

ArraySignals read_arrays(TomlTable& table) {
  ArraySignals data;
  data.signals = table.require("signals", quoted_example("signals", "signals.npy")).text();
  data.labels = table.text("labels", "");
  data.validation = table.integer("validation", 0, 0, most);
  data.test = table.integer("test", 0, 0, most);
  return data;
}

// `kernel` and `stride`, which make a convolution of a dictionary.
std::optional<KernelSpec> read_kernel(TomlTable& table, const SignalsSpec& data) {
  const auto size = table.find("kernel");
  if (!size) {
    if (table.has("stride"))
      table.fail_at_key("stride",
                        "it is that of a convolution, which kernel makes; write kernel = 8, or "
                        "remove it");
    return {};
  }
  if (std::holds_alternative<GroupCodesData>(data))
    table.fail_at_key("kernel",
                      "the signals of kind = \"group_codes\" are no images; remove it, or choose "
                      "signals of your own");
  KernelSpec k;
  if (size->is_list()) {
    const std::vector<TomlValue> sides = size->list();
    if (sides.size() != 2)
      size->fail("it has a height and a width; write kernel = [8, 8], or kernel = 8");
    k.height = static_cast<std::uint32_t>(sides[0].integer(1, most_dimension));
    k.width = static_cast<std::uint32_t>(sides[1].integer(1, most_dimension));
  } else {
    k.height = k.width = static_cast<std::uint32_t>(size->integer(1, most_dimension));
  }
  k.stride = table.integer("stride", k.stride, 1, most_dimension);
  return k;
}

void read_packing(TomlTable& table, DictionarySpec& d, const SignalsSpec& data) {
  if (!std::holds_alternative<GroupCodesData>(data) && !table.has("dimension"))
    table.fail("dimension is missing; write that of the signals, dimension = 784");
  d.dimension = table.integer("dimension", 100, 2, most_dimension);
  const std::uint32_t groups = table.integer("groups", 75, 2, most_atoms);
  d.group_size = table.integer("group_size", 4, 1, most_atoms);
  d.iterations = table.integer("iterations", d.iterations, 1, 1'000'000);
  if (d.group_size > d.dimension)
    table.fail_at_key("group_size",
                      fmt::format("a subspace of {} dimensions does not fit into {}; write at most "
                                  "that",
                                  d.group_size, d.dimension));
  if (std::uint64_t{groups} * d.group_size > most_atoms)
    table.fail_at_key("groups", fmt::format("{} groups of {} are more than {} atoms; write fewer",
                                            groups, d.group_size, most_atoms));
  d.atoms = groups * d.group_size;
}

void read_drawn(TomlTable& table, DictionarySpec& d, const SignalsSpec& data) {
  d.atoms =
      static_cast<std::uint32_t>(table.require("atoms", "atoms = 256").integer(1, most_atoms));
  if (d.kind == DictionaryKind::samples && std::holds_alternative<GroupCodesData>(data))
    table.fail_at_key("kind",
                      "[data] makes its signals from the dictionary, so there are none to begin "
                      "with; choose \"packing\" or \"normal\"");
  if (d.kind == DictionaryKind::samples)
    d.noise = table.number("noise", d.noise, Range::not_negative());
  if (d.kind == DictionaryKind::normal && !d.kernel) {
    if (std::holds_alternative<GroupCodesData>(data))
      d.dimension = static_cast<std::uint32_t>(
          table.require("dimension", "dimension = 100").integer(1, most_dimension));
    else
      d.dimension = table.integer("dimension", 0, 1, most_dimension);
  }
}

}  // namespace

SignalsSpec read_signals(TomlTable table) {
  const std::vector<std::string> kinds = {"group_codes", "mnist", "npy"};
  table.known({"kind", "samples", "active", "values", "margin", "path", "standardise", "validation",
               "train", "test", "signals", "labels"});
  const std::size_t kind = table.require("kind", quoted_example("kind", "mnist")).choice(kinds);
  SignalsSpec data;
  if (kind == 0)
    data = read_group_codes(table);
  else if (kind == 1)
    data = read_mnist(table);
  else
    data = read_arrays(table);
  table.finish(fmt::format("does not apply to kind = \"{}\"; remove it", kinds[kind]));
  return data;
}

DictionarySpec read_dictionary(TomlTable table, const SignalsSpec& data, std::uint64_t seed) {
  const std::vector<std::string> kinds = {"packing", "normal", "samples", "npy"};
  constexpr DictionaryKind each[] = {DictionaryKind::packing, DictionaryKind::normal,
                                     DictionaryKind::samples, DictionaryKind::file};
  table.known({"kind", "dimension", "atoms", "groups", "group_size", "iterations", "path", "seed",
               "learn", "noise", "kernel", "stride"});
  DictionarySpec d;
  const std::size_t kind = table.require("kind", quoted_example("kind", "packing")).choice(kinds);
  d.kind = each[kind];
  d.seed = seed;
  if (d.kind != DictionaryKind::packing)
    d.kernel = read_kernel(table, data);
  else if (table.has("kernel"))
    table.fail_at_key("kernel",
                      "a packing is of whole signals; remove it, or choose kind = \"normal\"");
  if (d.kernel && table.has("dimension"))
    table.fail_at_key("dimension", "it follows from the kernel and the channels; remove it");
  if (d.kind == DictionaryKind::packing)
    read_packing(table, d, data);
  else if (d.kind == DictionaryKind::file)
    d.path = table.require("path", quoted_example("path", "dictionary.npy")).text();
  else
    read_drawn(table, d, data);
  if (d.kind != DictionaryKind::packing)
    d.group_size = table.integer("group_size", 1, 1, most_atoms);
  if (d.atoms % d.group_size != 0)
    table.fail_at_key("group_size", fmt::format("{} atoms cannot be groups of {}; write a number "
                                                "that divides {}",
                                                d.atoms, d.group_size, d.atoms));
  if (d.kind != DictionaryKind::file)
    if (const auto given = table.find("seed")) d.seed = read_seed(*given);
  d.learned = table.boolean("learn", false);
  table.finish(fmt::format("does not apply to kind = \"{}\"; remove it", kinds[kind]));
  if (d.learned && std::holds_alternative<GroupCodesData>(data))
    table.fail_at_key("learn",
                      "[data] makes its signals from the dictionary, which is known; write learn = "
                      "false, or choose signals of your own");
  return d;
}

}  // namespace retrograde
