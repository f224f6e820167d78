#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <retrograde/scenarios/exchange/nir/ways.hpp>

namespace retrograde::nir {

namespace {

using hdf5::joined;

// The parameters that neurons of a kind have one each of.
std::vector<const char*> neuron_keys(Type type) {
  switch (type) {
    case Type::lif:
    case Type::li:
      return {"tau", "r", "v_leak", "v_threshold", "v_reset"};
    case Type::if_:
    case Type::i:
      return {"r", "v_threshold", "v_reset"};
    case Type::threshold:
      return {"threshold"};
    default:
      return {"tau_mem", "tau_syn", "r", "v_leak", "v_threshold", "v_reset", "w_in"};
  }
}

constexpr std::size_t longest_chain = 1000;  // nodes that have their shapes of each other

}  // namespace

std::vector<double> Values::list(const std::string& path, std::size_t size) const {
  hdf5::Array<double> array = in_.numbers(path);
  if (array.shape.empty() && array.values.size() == 1)
    array.values = std::vector<double>(size, array.values.front());
  if (array.values.size() != size)
    fail(path,
         fmt::format("it has {} values, and {} are needed here, one for each neuron or signal",
                     array.values.size(), size));
  for (std::size_t k = 0; k < size; ++k)
    if (!std::isfinite(array.values[k]))
      fail(path, fmt::format("value {} is {}; a finite number is needed", k, array.values[k]));
  return std::move(array.values);
}

std::vector<double> Values::times(const Node& node, const std::string& key, std::size_t size,
                                  double low, double high) const {
  const std::string path = joined(node.path, key);
  std::vector<double> result = list(path, size);
  std::vector<double> exact;
  if (const std::string ms = fmt::format("{}/metadata/{}_ms", node.path, key); in_.has(ms))
    exact = list(ms, size);
  for (std::size_t k = 0; k < size; ++k) {
    const double seconds = result[k];
    result[k] = !exact.empty() && exact[k] / 1000.0 == seconds ? exact[k] : seconds * 1000.0;
    if (!(result[k] >= low && result[k] <= high))
      fail(path, fmt::format("value {} is {} s; it must be at least {:g} s and at most {:g} s", k,
                             seconds, low / 1000.0, high / 1000.0));
  }
  return result;
}

std::uint64_t Values::extent(const std::string& path, double value) const {
  if (!(value >= 1.0 && value <= limits_.neurons && value == std::floor(value)))
    fail(path, fmt::format("an extent is {}; it must be a whole number from 1 to {}", value,
                           limits_.neurons));
  return static_cast<std::uint64_t>(value);
}

// As its longest parameter says; empty: it says nothing.
Shape Values::own_shape(const Node& node) const {
  Shape shape;
  const auto offer = [&](const std::string& path) {
    if (!in_.has(path)) return;
    const Shape given = in_.placement(path).shape;
    if (!given.empty() && (shape.empty() || size_of(given) > size_of(shape))) shape = given;
  };
  if (node.type == Type::input || node.type == Type::output || node.type == Type::pass) {
    const std::string path = node.path + "/shape";
    if (!in_.has(path)) return {};
    for (const double value : in_.numbers(path).values) shape.push_back(extent(path, value));
    if (shape.empty()) shape = {1};
    return shape;
  }
  if (node.holds_neurons())
    for (const char* key : neuron_keys(node.type)) offer(joined(node.path, key));
  if (node.type == Type::scale) offer(node.path + "/scale");
  if (node.type == Type::delay) offer(node.path + "/delay");
  return shape;
}

// Of the first node that knows.
Shape Values::incoming(std::size_t n) {
  for (const std::size_t from : graph_.nodes[n].from)
    if (!open_.contains(from))
      if (const Shape& shape = shape_of(from); !shape.empty()) return shape;
  return {};
}

Shape Values::flattened(const Node& node, Shape shape) const {
  const auto rank = static_cast<std::int64_t>(shape.size());
  const auto dimension = [&](const char* key, std::int64_t usual) {
    std::int64_t d = whole_numbers(node, key, 1, -64, usual)[0];
    if (d < 0) d += rank;
    return std::clamp<std::int64_t>(d, 0, std::max<std::int64_t>(rank - 1, 0));
  };
  const std::int64_t start = dimension("start_dim", 0), end = dimension("end_dim", -1);
  Shape result;
  for (std::int64_t d = 0; d < rank; ++d)
    if (d > start && d <= end)
      result.back() *= shape[static_cast<std::size_t>(d)];
    else
      result.push_back(shape[static_cast<std::size_t>(d)]);
  return result;
}

const Shape& Values::shape_of(std::size_t n) {
  if (shapes_[n]) return *shapes_[n];
  const Node& node = graph_.nodes[n];
  if (open_.size() >= longest_chain)
    fail(node.path,
         fmt::format("more than {} nodes follow each other without a shape of their own; "
                     "write arrays in place of single numbers",
                     longest_chain));
  open_.insert(n);
  Shape shape;
  switch (node.type) {
    case Type::linear:
    case Type::affine: {
      const Shape weight = in_.placement(node.path + "/weight").shape;
      if (weight.size() == 2) shape = {weight[0]};
      break;
    }
    case Type::conv1d:
    case Type::conv2d:
      shape = nir::shape_of(convolution(node, incoming(n)));
      break;
    case Type::sum_pool2d:
    case Type::avg_pool2d:
      shape = nir::shape_of(pool(node, incoming(n)));
      break;
    case Type::flatten:
      shape = flattened(node, incoming(n));
      break;
    default:
      shape = own_shape(node);
      if (shape.empty()) shape = incoming(n);
      if (shape.empty() && node.holds_neurons()) shape = {1};
  }
  open_.erase(n);
  shapes_[n] = shape;
  return *shapes_[n];
}

SignalMatrix Values::matrix(std::size_t n, const Shape& in) const {
  const Node& node = graph_.nodes[n];
  if (node.type == Type::linear || node.type == Type::affine) return linear(node, in);
  const bool pools = node.type == Type::sum_pool2d || node.type == Type::avg_pool2d;
  const Convolution c = pools ? pool(node, in) : convolution(node, in);
  if (nir::shape_of(c).empty())
    fail(node.path, fmt::format("its kernel ({}) is larger than what comes in ({})",
                                fmt::join(c.kernel, ", "), fmt::join(in, ", ")));
  if (size_of(nir::shape_of(c)) > limits_.neurons || entries_of(c) > limits_.synapses)
    fail(node.path,
         fmt::format("it unrolls to {} synapses onto {} signals; at most {} and {} are possible",
                     entries_of(c), size_of(nir::shape_of(c)), limits_.synapses, limits_.neurons));
  return unrolled(c);
}

// With the mask and the delays that its metadata hold.
SignalMatrix Values::linear(const Node& node, const Shape& in) const {
  const auto matrix = [&](const std::string& path, const Shape* shape) {
    hdf5::Array<double> array = in_.numbers(path);
    if (array.shape.size() != 2 || array.shape[1] != size_of(in) ||
        (shape && array.shape != *shape))
      fail(path,
           fmt::format("its shape is ({}); {} signals come in, so ({}, {}) is needed, rows are "
                       "targets",
                       fmt::join(array.shape, ", "), size_of(in),
                       shape ? fmt::format("{}", (*shape)[0]) : "outputs", size_of(in)));
    for (std::size_t k = 0; k < array.values.size(); ++k)
      if (!std::isfinite(array.values[k]))
        fail(path, fmt::format("entry ({}, {}) is {}; a finite number is needed",
                               k / array.shape[1], k % array.shape[1], array.values[k]));
    return array;
  };
  const hdf5::Array<double> weights = matrix(node.path + "/weight", nullptr);
  if (weights.shape[0] == 0 || weights.shape[0] > limits_.neurons)
    fail(node.path + "/weight",
         fmt::format("it has {} rows; 1 to {} are possible", weights.shape[0], limits_.neurons));
  std::vector<double> mask, delays;
  if (const std::string path = node.path + "/metadata/mask"; in_.has(path))
    mask = matrix(path, &weights.shape).values;
  if (const std::string path = node.path + "/metadata/delay_ms"; in_.has(path)) {
    delays = matrix(path, &weights.shape).values;
    for (std::size_t k = 0; k < delays.size(); ++k)
      if (delays[k] < 0.0)
        fail(path, fmt::format("entry ({}, {}) is {} ms; a delay is not negative",
                               k / weights.shape[1], k % weights.shape[1], delays[k]));
  }
  const auto columns = static_cast<std::uint32_t>(weights.shape[1]);
  SignalMatrix result{columns, {weights.shape[0]}, {}};
  result.entries.reserve(weights.values.size());
  for (std::size_t k = 0; k < weights.values.size(); ++k)
    if (mask.empty() || mask[k] != 0.0)
      result.entries.push_back({static_cast<std::uint32_t>(k % columns),
                                static_cast<std::uint32_t>(k / columns), weights.values[k],
                                delays.empty() ? 0.0 : delays[k]});
  return result;
}

// `count` of them, one alone stands for all.
std::vector<std::int64_t> Values::whole_numbers(const Node& node, const char* key,
                                                std::size_t count, std::int64_t low,
                                                std::int64_t usual) const {
  const std::string path = joined(node.path, key);
  if (!in_.has(path)) return std::vector<std::int64_t>(count, usual);
  std::vector<std::int64_t> result;
  for (const double value : list(path, count)) {
    if (value != std::floor(value) || value < static_cast<double>(low) || value > 1e6)
      fail(path,
           fmt::format("a value is {}; a whole number from {} to 1000000 is needed", value, low));
    result.push_back(static_cast<std::int64_t>(value));
  }
  return result;
}

Convolution Values::convolution(const Node& node, const Shape& in) const {
  const std::size_t dimensions = node.type == Type::conv1d ? 1 : 2;
  Convolution c;
  hdf5::Array<double> weight = in_.numbers(node.path + "/weight");
  if (weight.shape.size() != dimensions + 2 || size_of(weight.shape) == 0)
    fail(node.path + "/weight",
         fmt::format(
             "its shape is ({}); {} numbers are needed: output channels, input channels of a "
             "group, and the kernel",
             fmt::join(weight.shape, ", "), dimensions + 2));
  for (const double w : weight.values)
    if (!std::isfinite(w))
      fail(node.path + "/weight", fmt::format("an entry is {}; a finite number is needed", w));
  c.weights = std::move(weight.values);
  c.out_channels = weight.shape[0];
  c.kernel.assign(weight.shape.begin() + 2, weight.shape.end());
  c.groups = static_cast<std::uint64_t>(whole_numbers(node, "groups", 1, 1, 1)[0]);
  c.stride = whole_numbers(node, "stride", dimensions, 1, 1);
  c.dilation = whole_numbers(node, "dilation", dimensions, 1, 1);
  const std::uint64_t channels = weight.shape[1] * c.groups;
  if (c.out_channels % c.groups != 0)
    fail(node.path + "/groups", fmt::format("{} groups of {} output channels do not come out even",
                                            c.groups, c.out_channels));

  // What comes in: as the nodes before it say, or else its own input_shape.
  c.in = in;
  if (c.in.size() != dimensions + 1) {
    c.in = {channels};
    if (const std::string path = node.path + "/input_shape"; in_.has(path))
      for (const double value : in_.numbers(path).values) c.in.push_back(extent(path, value));
    if (c.in.size() != dimensions + 1 || (!in.empty() && size_of(in) != size_of(c.in)))
      fail(node.path,
           fmt::format(
               "signals of shape ({}) reach it, and it needs channels and {}; give the nodes "
               "before it that shape, or write its input_shape",
               fmt::join(in, ", "), dimensions == 1 ? "a length" : "height and width"));
  }
  if (c.in[0] != channels)
    fail(node.path, fmt::format("{} channels come in, and its weights and groups are for {}",
                                c.in[0], channels));

  const std::string padding = node.path + "/padding";
  if (in_.has(padding) && in_.holds_texts(padding)) {
    const std::string word = in_.text(padding);
    if (word != "same" && word != "valid")
      fail(padding, fmt::format("it is \"{}\"; \"same\", \"valid\" or numbers are possible", word));
    for (std::size_t d = 0; d < dimensions; ++d) {
      const auto all =
          word == "same" ? c.dilation[d] * static_cast<std::int64_t>(c.kernel[d] - 1) : 0;
      if (word == "same" && c.stride[d] != 1)
        fail(padding, "\"same\" is possible with a stride of 1 only; write numbers");
      c.pad_before.push_back(all / 2);
      c.pad_after.push_back(all - all / 2);
    }
  } else {
    c.pad_before = c.pad_after = whole_numbers(node, "padding", dimensions, 0, 0);
  }
  return c;
}

Convolution Values::pool(const Node& node, const Shape& in) const {
  if (in.size() != 3)
    fail(node.path, fmt::format("signals of shape ({}) reach it, and it needs channels, height and "
                                "width; give the nodes before it that shape",
                                fmt::join(in, ", ")));
  Convolution c;
  c.in = in;
  c.out_channels = c.groups = in[0];
  for (const std::int64_t k : whole_numbers(node, "kernel_size", 2, 1, 1))
    c.kernel.push_back(static_cast<std::uint64_t>(k));
  c.stride = whole_numbers(node, "stride", 2, 1, 1);
  c.dilation = {1, 1};
  c.pad_before = c.pad_after = whole_numbers(node, "padding", 2, 0, 0);
  if (node.type == Type::avg_pool2d)
    c.constant = 1.0 / static_cast<double>(c.kernel[0] * c.kernel[1]);
  return c;
}

std::vector<double> Values::bias(std::size_t n) {
  const Node& node = graph_.nodes[n];
  const Shape& shape = shape_of(n);
  if (!node.has_bias() || !in_.has(node.path + "/bias") || shape.empty()) return {};
  if (node.type == Type::affine) return list(node.path + "/bias", size_of(shape));
  // One per channel.
  const std::vector<double> channels = list(node.path + "/bias", shape[0]);
  std::vector<double> all(size_of(shape));
  const std::size_t each = all.size() / channels.size();
  for (std::size_t k = 0; k < all.size(); ++k) all[k] = channels[k / each];
  return all;
}

}  // namespace retrograde::nir
