# Made by CMake, in the build tree.
ARCHITECTURE: str
