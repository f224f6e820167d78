// The current of step receptors: a sum of arrivals that nothing ever takes away, so that what is
// rounded once stays for the rest of the trial. It is therefore kept as two numbers, the sum as far
// as one number holds it and what that leaves out (TwoSum, Knuth); the current is their sum. The
// sums of the second number are exact unless arrivals differ by a factor of 2^53 or more.
//
// T: double, a wider number, or one with derivatives.
#pragma once

namespace retrograde {

template <typename T>
void add_to_held(T* held, const T& weight) {
  const T sum = held[0] + weight, part = sum - held[0];
  held[1] = held[1] + ((held[0] - (sum - part)) + (weight - part));
  held[0] = sum;
}

template <typename T>
T held_current(const T* held) {
  return held[0] + held[1];
}

}  // namespace retrograde
