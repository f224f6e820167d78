#include <retrograde/scenarios/cli/command.hpp>

int main(int argc, char** argv) { return retrograde::cli::main({argv + 1, argv + argc}); }
