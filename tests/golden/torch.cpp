// Cases that PyTorch 1.13 went through, one file each in tests/golden/torch: networks written from their
// formulas in double precision, whose gradients automatic differentiation made; kernels of the package
// DCLS 0.1.1; widths and steps of optimisers. tests/torch/compare.py --golden wrote them, and says how
// the published network is ours.
#include <catch2/catch.hpp>
#include <string>

#include "tests/support/torch_case.hpp"

using namespace retrograde;
using namespace retrograde::test;

namespace {

TorchJson recorded(const std::string& name) {
  return read_torch_case(RETROGRADE_SOURCE_DIR "/tests/golden/torch/" + name + ".json");
}

// Every list of numbers, as a share of its largest.
void check_close(const TorchComparison& c, double most) {
  for (const TorchDifference& d : c.differences) {
    CAPTURE(d.what);
    CHECK(d.relative <= most);
  }
}

}  // namespace

TEST_CASE("losses, voltages and surrogate gradients are those of PyTorch, by dilated kernels",
          "[torch]") {
  for (const char* name : {"gaussian", "wide", "triangle", "bilinear", "recurrent"}) {
    INFO(name);
    const TorchComparison c = compare_with_torch(recorded(name));
    check_close(c, 1e-5);  // single precision here
    CHECK(c.spikes >= 20);
    CHECK(c.numbers() >= 560);
  }
}

TEST_CASE("kernels, their derivatives and their widths are those of DCLS", "[torch]") {
  const TorchComparison taps = compare_with_torch(recorded("taps"));
  check_close(taps, 2e-6);
  CHECK(taps.numbers() >= 81 * 25);
  const TorchJson widths = recorded("widths");
  check_close(compare_with_torch(widths), 1e-12);
  CHECK(widths.at("effective").front() == Approx(12.27));
  CHECK(widths.at("effective").back() == Approx(0.5));
}

TEST_CASE("steps of Adam with decay, L1 and bounds are those of PyTorch", "[torch]") {
  check_close(compare_with_torch(recorded("adam")), 1e-14);
}

TEST_CASE("a case of PyTorch notices another width, surrogate, refractory step, delay or weight",
          "[torch]") {
  const auto off = [](const std::string& name, auto change) {
    TorchJson json = recorded(name);
    change(json);
    return compare_with_torch(json).largest();
  };
  const auto seen = [&](const std::string& name, auto change) { CHECK(off(name, change) > 2e-5); };
  seen("gaussian", [](TorchJson& j) { j["width"] = 1.41; });
  seen("gaussian", [](TorchJson& j) { j["slope"] = 5.01; });
  seen("gaussian", [](TorchJson& j) { j["populations"][1]["t_ref"] = {0.0}; });
  seen("gaussian", [](TorchJson& j) { j["batch_norm"]["epsilon"] = 1e-5; });
  seen("gaussian", [](TorchJson& j) { j["longest"] = 9; });
  seen("triangle", [](TorchJson& j) { j["surrogate"] = "superspike"; });
  seen("triangle", [](TorchJson& j) { j["muted"][0][7] = 1 - j["muted"][0][7].get<int>(); });
  seen("bilinear", [](TorchJson& j) {
    auto& delay = j["projections"][0]["delays"][0][0];
    delay = delay.get<double>() < 40.0 ? delay.get<double>() + 0.2 : delay.get<double>() - 0.2;
  });
  seen("recurrent", [](TorchJson& j) {
    auto& weight = j["projections"][1]["weights"][2][3];
    weight = weight.get<double>() * 1.01 + 0.01;
  });
  seen("adam", [](TorchJson& j) { j["l1"] = 0.31; });
}
