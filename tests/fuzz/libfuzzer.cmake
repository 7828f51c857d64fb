# Finds Clang with libFuzzer and builds fuzzers with it inside a build that another compiler does. Not in a sanitizer
# build, whose libraries would bring a second sanitizer runtime; there the replay does the work.

find_program(ISTHMUS_CLANG NAMES clang++-14 clang++ DOC "Clang with libFuzzer; set empty for none")
# Of the undefined behaviour, what bytes can cause; AddressSanitizer sees bad pointers, and checking those twice doubles
# the time that compiling takes.
set(ISTHMUS_FUZZ_SANITIZERS
  address,bool,bounds,enum,float-cast-overflow,integer-divide-by-zero,return,shift,signed-integer-overflow,unreachable)
set(ISTHMUS_FUZZ_FLAGS -std=c++20 -O1 -gline-tables-only -fno-omit-frame-pointer -fno-sanitize-recover=all)
set(ISTHMUS_LIBFUZZER OFF)
if(ISTHMUS_CLANG AND NOT ISTHMUS_SANITIZE)
  set(probe ${CMAKE_CURRENT_BINARY_DIR}/libfuzzer_probe.cpp)
  file(WRITE ${probe} "#include <vector>\nextern \"C\" int LLVMFuzzerTestOneInput(const unsigned char* d, unsigned long n)"
    " { return std::vector<unsigned char>(d, d + n).empty() ? 0 : 0; }\n")
  execute_process(COMMAND ${ISTHMUS_CLANG} -std=c++20 -fsanitize=fuzzer,${ISTHMUS_FUZZ_SANITIZERS} ${probe}
    -o ${CMAKE_CURRENT_BINARY_DIR}/libfuzzer_probe RESULT_VARIABLE status OUTPUT_QUIET ERROR_QUIET)
  if(status EQUAL 0)
    set(ISTHMUS_LIBFUZZER ON)
  endif()
endif()
if(NOT ISTHMUS_LIBFUZZER AND NOT ISTHMUS_SANITIZE)
  message(STATUS "no Clang with libFuzzer (clang-14 libclang-rt-14-dev): the fuzz tests only replay their seeds")
endif()

# isthmus_fuzz_object(SOURCE OUT): a rule for an instrumented object, once for each source; OUT is set to its path.
function(isthmus_fuzz_object source out)
  file(RELATIVE_PATH name ${PROJECT_SOURCE_DIR} ${source})
  string(REPLACE "/" "_" name ${name})
  set(object ${CMAKE_CURRENT_BINARY_DIR}/objects/${name}.o)
  set(${out} ${object} PARENT_SCOPE)
  get_property(made GLOBAL PROPERTY ISTHMUS_FUZZ_OBJECTS)
  if(object IN_LIST made)
    return()
  endif()
  set_property(GLOBAL APPEND PROPERTY ISTHMUS_FUZZ_OBJECTS ${object})
  add_custom_command(OUTPUT ${object}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_CURRENT_BINARY_DIR}/objects
    COMMAND ${ISTHMUS_CCACHE} ${ISTHMUS_CLANG} ${ISTHMUS_FUZZ_FLAGS} -fsanitize=fuzzer-no-link,${ISTHMUS_FUZZ_SANITIZERS}
      -I${PROJECT_SOURCE_DIR}/include -I${PROJECT_SOURCE_DIR}/src -I${PROJECT_SOURCE_DIR} -I${PROJECT_SOURCE_DIR}/tests
      -isystem ${PROJECT_BINARY_DIR}/src/fleet/generated -MD -MF ${object}.d -c ${source} -o ${object}
    DEPENDS ${source} isthmus_fleet_proto DEPFILE ${object}.d COMMENT "Clang: ${name}" VERBATIM)
endfunction()

add_custom_target(fuzzers)

# isthmus_libfuzzer(NAME INSTRUMENT file.cpp ... DEPS target ... LIBS linker argument ...): builds tests/fuzz_NAME.
function(isthmus_libfuzzer name)
  cmake_parse_arguments(arg "" "" "INSTRUMENT;DEPS;LIBS" ${ARGN})
  set(objects)
  foreach(source ${arg_INSTRUMENT})
    cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY ${PROJECT_SOURCE_DIR})
    isthmus_fuzz_object(${source} object)
    list(APPEND objects ${object})
  endforeach()
  # The linker takes from an archive only what the objects before it lack.
  list(TRANSFORM arg_DEPS REPLACE "(.+)" "$<TARGET_FILE:\\1>" OUTPUT_VARIABLE archives)
  set(fuzzer ${PROJECT_BINARY_DIR}/tests/fuzz_${name})
  add_custom_command(OUTPUT ${fuzzer}
    COMMAND ${ISTHMUS_CLANG} -fsanitize=fuzzer,${ISTHMUS_FUZZ_SANITIZERS} ${objects} ${archives} ${arg_LIBS} -o ${fuzzer}
    DEPENDS ${objects} ${arg_DEPS} COMMENT "Clang: linking fuzz_${name}" VERBATIM)
  # Not part of a full build, which is of one compiler: the test that needs the fuzzers builds them.
  add_custom_target(fuzz_${name} DEPENDS ${fuzzer})
  add_dependencies(fuzzers fuzz_${name})
endfunction()
