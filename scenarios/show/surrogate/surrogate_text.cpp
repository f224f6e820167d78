#include <algorithm>
#include <fmt/format.h>

#include <retrograde/scenarios/show/surrogate/surrogate_text.hpp>

namespace retrograde {

namespace {

std::string kernel_text(const SteppedSpec& spec) {
  std::uint32_t longest = 0;
  for (std::size_t p = 0; p < spec.dilated.size(); ++p)
    if (spec.dilated[p]) longest = std::max(longest, spec.longest[p]);
  if (longest == 0) return "";
  std::string text =
      fmt::format("; {} kernels of up to {} taps", name(spec.kernel.shape), longest + 1);
  if (spec.kernel.shape != KernelShape::bilinear)
    text +=
        fmt::format(", {:g} to {:g} steps wide", spec.kernel.width(0, longest), spec.kernel.end);
  return text;
}

}  // namespace

std::string surrogate_text(const SteppedSpec& spec, const Network& network) {
  std::string text = fmt::format("in steps of {:g} ms by surrogate gradients: {} of slope {:g}",
                                 spec.step, name(spec.surrogate.shape), spec.surrogate.slope);
  text += kernel_text(spec);
  std::string normalised;
  for (std::size_t p = 0; p < spec.batch_norm.populations.size(); ++p)
    if (spec.batch_norm.populations[p])
      normalised += (normalised.empty() ? "" : ", ") + network.populations()[p].name;
  if (!normalised.empty()) text += "; batch normalisation of " + normalised;
  return text;
}

std::string_view name(SurrogateShape shape) {
  switch (shape) {
    case SurrogateShape::arctangent:
      return "arctangent";
    case SurrogateShape::fast_sigmoid:
      return "fast_sigmoid";
    case SurrogateShape::superspike:
      break;
  }
  return "superspike";
}

std::string_view name(KernelShape shape) {
  switch (shape) {
    case KernelShape::gaussian:
      return "gaussian";
    case KernelShape::triangle:
      return "triangle";
    case KernelShape::bilinear:
      break;
  }
  return "bilinear";
}

std::string memory_text(std::uint64_t bytes) {
  const double size = static_cast<double>(bytes);
  return size >= 1e9 ? fmt::format("{:.2f} GB", size / 1e9) : fmt::format("{:.0f} MB", size / 1e6);
}

}  // namespace retrograde
