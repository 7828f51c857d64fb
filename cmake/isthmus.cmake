# What every target of the project shares: language, warnings, sanitizers, ccache, and the two functions that
# declare a module and a test. Owner of nothing else.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

# -O2 instead of CMake's -O3: the hot loops wait for system calls and caches, and the build is a quarter shorter.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")

find_program(ISTHMUS_CCACHE ccache)
if(ISTHMUS_CCACHE)
  # What it asks for to work with precompiled headers; and without preprocessing each file first, which would parse behind
  # their back what they hold.
  set(CMAKE_CXX_COMPILER_LAUNCHER
    ${CMAKE_COMMAND} -E env CCACHE_DEPEND=1 CCACHE_SLOPPINESS=pch_defines,time_macros ${ISTHMUS_CCACHE})
endif()

find_package(Threads REQUIRED)

add_library(isthmus_options INTERFACE)
target_compile_options(isthmus_options INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wnon-virtual-dtor -Werror
  # GCC 12 sees overlapping copies in std::string operator+ that are not there (GCC bug 105651); behind a precompiled header
  # and at -O1 it also sees them write out of bounds.
  -Wno-restrict -Wno-array-bounds -Wno-stringop-overflow)
target_include_directories(isthmus_options INTERFACE ${PROJECT_SOURCE_DIR}/include)
target_link_libraries(isthmus_options INTERFACE Threads::Threads)
if(ISTHMUS_SANITIZE)
  target_compile_options(isthmus_options INTERFACE
    -fsanitize=${ISTHMUS_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all -g
    # Sanitizer instrumentation makes GCC 12 see uninitialised uses in library code that are not there.
    -Wno-maybe-uninitialized)
  target_link_options(isthmus_options INTERFACE -fsanitize=${ISTHMUS_SANITIZE})
endif()

# What every module includes, parsed once: half a second less for each of 500 files. Each still names what it uses: the fuzzers'
# compiler reads many of them without it.
file(GENERATE OUTPUT ${PROJECT_BINARY_DIR}/prelude.cpp CONTENT "// Carries the precompiled header of the modules.\n")
add_library(isthmus_prelude OBJECT ${PROJECT_BINARY_DIR}/prelude.cpp)
target_link_libraries(isthmus_prelude PRIVATE isthmus_options)
target_precompile_headers(isthmus_prelude PRIVATE <algorithm> <array> <chrono> <cstdint> <deque> <functional> <map>
  <memory> <optional> <ranges> <set> <span> <string> <string_view> <tuple> <utility> <variant> <vector>
  ${PROJECT_SOURCE_DIR}/include/isthmus/base/result.hpp ${PROJECT_SOURCE_DIR}/include/isthmus/base/time.hpp)

# isthmus_module(NAME SOURCES a.cpp ... [DEPS module ...] [LIBS target ...])
#   DEPS are other modules of the house (public); LIBS are external libraries (private: they stay behind the fence).
function(isthmus_module name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPS;LIBS" ${ARGN})
  add_library(isthmus_${name} STATIC ${arg_SOURCES})
  target_link_libraries(isthmus_${name} PUBLIC isthmus_options)
  foreach(dep ${arg_DEPS})
    target_link_libraries(isthmus_${name} PUBLIC isthmus_${dep})
  endforeach()
  target_link_libraries(isthmus_${name} PRIVATE ${arg_LIBS})
  target_include_directories(isthmus_${name} PRIVATE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR})
  target_precompile_headers(isthmus_${name} REUSE_FROM isthmus_prelude)
endfunction()

# A test that does not end is ended after so long; sanitizers make everything several times slower.
function(isthmus_test_timeout name seconds)
  if(ISTHMUS_SANITIZE)
    math(EXPR seconds "${seconds} * 5")
  endif()
  set_tests_properties(${name} PROPERTIES TIMEOUT ${seconds})
endfunction()

# A race ends the process at once: of a daemon that a test kills nobody asks for the exit status, nor reads the log. Other
# options of whoever runs the tests stay.
function(isthmus_test_sanitizer name)
  if(ISTHMUS_SANITIZE MATCHES thread)
    set_tests_properties(${name} PROPERTIES ENVIRONMENT_MODIFICATION "TSAN_OPTIONS=string_append::halt_on_error=1")
  endif()
endfunction()

# What every test includes, parsed once. Tests are optimised little: they run once for each time they are compiled.
# At -O1 and under sanitizers GCC 12 sees std::string operator+ write out of bounds, which it does not (a kin of GCC
# bug 105651).
function(isthmus_test_options name)
  set(little $<$<CONFIG:Release>:-O1> -Wno-array-bounds -Wno-stringop-overflow)
  target_compile_options(${name} PRIVATE ${little})
  if(NOT TARGET isthmus_test_prelude)
    file(GENERATE OUTPUT ${PROJECT_BINARY_DIR}/test_prelude.cpp CONTENT "// Carries the precompiled header of the tests.\n")
    add_library(isthmus_test_prelude OBJECT ${PROJECT_BINARY_DIR}/test_prelude.cpp)
    target_link_libraries(isthmus_test_prelude PRIVATE isthmus_options GTest::gmock)
    target_compile_options(isthmus_test_prelude PRIVATE ${little})
    target_precompile_headers(isthmus_test_prelude PRIVATE <gmock/gmock.h> <gtest/gtest.h> <chrono> <map> <string> <vector>)
  endif()
  target_precompile_headers(${name} REUSE_FROM isthmus_test_prelude)
endfunction()

# isthmus_test(NAME LABEL unit|scenario|... SOURCES ... [DEPS module ...] [LIBS target ...])
#   One executable, one CTest entry, run from the source folder so that tests/data paths are relative to it.
function(isthmus_test name)
  cmake_parse_arguments(arg "" "LABEL;TIMEOUT" "SOURCES;DEPS;LIBS" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE isthmus_options GTest::gmock GTest::gtest_main ${arg_LIBS})
  foreach(dep ${arg_DEPS})
    target_link_libraries(${name} PRIVATE isthmus_${dep})
  endforeach()
  target_include_directories(${name} PRIVATE
    ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/tests)
  isthmus_test_options(${name})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
  add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  isthmus_test_timeout(${name} ${arg_TIMEOUT})
  isthmus_test_sanitizer(${name})
  set_tests_properties(${name} PROPERTIES LABELS ${arg_LABEL}
    SKIP_RETURN_CODE 77 ENVIRONMENT "ISTHMUS_REQUIRE_NETNS=1")
endfunction()

# Whatever sends packets or measures time runs alone among its kind, from the beginning on (COST). It mostly waits, and
# leaves one processor: to the fuzzers first (tests/fuzz/CMakeLists.txt), then to the tests that only compute.
cmake_host_system_information(RESULT ISTHMUS_PROCESSORS QUERY NUMBER_OF_LOGICAL_CORES)
function(isthmus_test_alone)
  math(EXPR others "${ISTHMUS_PROCESSORS} - 1")
  if(others LESS 1)
    set(others 1)
  endif()
  set_tests_properties(${ARGN} PROPERTIES RESOURCE_LOCK machine PROCESSORS ${others} COST 500)
endfunction()

# isthmus_script_test(NAME LABEL lab COMMAND python3 x.py [TIMEOUT seconds]): a test that is a script; exit 77 skips.
function(isthmus_script_test name)
  cmake_parse_arguments(arg "" "LABEL;TIMEOUT" "COMMAND" ${ARGN})
  add_test(NAME ${name} COMMAND ${arg_COMMAND} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 300)
  endif()
  isthmus_test_timeout(${name} ${arg_TIMEOUT})
  if(NOT arg_LABEL MATCHES "^(unit|scenario|arch)$")
    isthmus_test_alone(${name})
  endif()
  isthmus_test_sanitizer(${name})
  set_tests_properties(${name} PROPERTIES LABELS ${arg_LABEL} SKIP_RETURN_CODE 77
    ENVIRONMENT "ISTHMUS_REQUIRE_NETNS=1;ISTHMUS_BUILD_DIR=${PROJECT_BINARY_DIR}")
endfunction()
