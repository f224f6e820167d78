// How much shorter does the windowed scheduler make an epoch of MNIST?
#include "../registration.hpp"

using namespace retrograde::bench;

[[maybe_unused]] static const bool mnist = measure("mnist", mnist_figure);
