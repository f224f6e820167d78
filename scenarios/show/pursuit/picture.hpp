// Pictures of sparse coding: atoms, codes, messages over time, signals before and after an attack.
// Charts for pages (render) and for files (standalone_svg, show/plot/svg.hpp).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <retrograde/engine/pursuit/event_lca.hpp>
#include <retrograde/engine/pursuit/penalty.hpp>

namespace retrograde {

// How signals are looked at: as pictures of so many values a row and rows, or as curves.
struct SignalShape {
  Eigen::Index columns = 0, rows = 0;  // 0: curves

  bool picture() const { return columns > 0 && rows > 0; }
};

// The atoms (or kernels), a picture or a curve each; `groups` are told apart by rows where they are small.
std::string atoms_chart(const std::string& title, const Matrix& atoms, const Groups& groups,
                        const SignalShape& shape);

// The coefficients of one code, or of several of the same signal, as stems over their numbers.
struct NamedCode {
  std::string name;
  Vector code;
};
std::string code_chart(const std::string& title, const std::vector<NamedCode>& codes,
                       const Groups& groups);

// One code of a convolution as pictures: for each kernel its coefficients, where on the image they lie.
std::string maps_chart(const std::string& title, const Vector& code, const ConvolutionShape& shape);

// Who sent when: a dot per graded message; ringed, where a group came or went.
std::string messages_chart(const std::string& title, const std::vector<GradedMessage>& record,
                           Time duration, const Groups& groups);

// Signals of one shape side by side, on one scale.
struct NamedSignal {
  std::string name;
  Vector signal;
};
std::string signals_chart(const std::string& title, const std::vector<NamedSignal>& signals,
                          const SignalShape& shape);

}  // namespace retrograde
