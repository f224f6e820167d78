// What of a dictionary is learned: its atoms, or, where it is a convolution, the kernels that they
// share. Columns of a matrix either way.
#pragma once

#include <retrograde/engine/pursuit/dictionary.hpp>

namespace retrograde {

// Throws UsageError for a sparse dictionary that is no convolution.
Matrix learned_atoms(const Dictionary& dictionary);

// A dictionary like `like` of other atoms or kernels, with its largest eigenvalue from above, or with
// one that is known. Throws what Dictionary and convolution() throw.
Dictionary with_atoms(const Dictionary& like, Matrix atoms);
Dictionary with_atoms(const Dictionary& like, Matrix atoms, double largest_eigenvalue);

// What atoms or kernels get of a gradient of all atoms, of the size of dense().
Matrix to_learned(const Dictionary& dictionary, Matrix gradient);

}  // namespace retrograde
