# External libraries, all from Debian 12. deploy/install-dependencies.sh installs them.
find_package(PkgConfig REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(CLI11 REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(ZLIB REQUIRED)
find_package(BZip2 REQUIRED)
find_package(simdjson REQUIRED)
find_package(Protobuf REQUIRED)
# Its definition lets document streams, which nobody here uses, have a thread, and changes the layout of its parser: files that
# are compiled without it, such as those of the fuzzers, must agree.
set_target_properties(simdjson::simdjson PROPERTIES INTERFACE_COMPILE_DEFINITIONS "")
pkg_check_modules(libtins REQUIRED IMPORTED_TARGET libtins)
pkg_check_modules(libnats REQUIRED IMPORTED_TARGET libnats)
pkg_check_modules(libcap REQUIRED IMPORTED_TARGET libcap)
pkg_check_modules(libmaxminddb REQUIRED IMPORTED_TARGET libmaxminddb)

# Boost.JSON is compiled once here: Debian splits the compiled library off, the headers carry the source.
add_library(boost_json STATIC ${CMAKE_CURRENT_LIST_DIR}/boost_json.cpp)
target_link_libraries(boost_json PUBLIC Boost::headers)

if(ISTHMUS_BUILD_TESTS)
  find_package(GTest REQUIRED)
  # What it prints of the same families is what our own text is held against.
  find_package(prometheus-cpp CONFIG REQUIRED)
  find_package(benchmark REQUIRED)
endif()
