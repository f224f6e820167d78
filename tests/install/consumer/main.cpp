// What a project that uses the installed package sees.

#include <retrograde/version.hpp>

int main() { return retrograde::version::string.empty() ? 1 : 0; }
