import Foundation
import Testing

/// Data in which no timestep is valid.
@Suite struct NothingToLearnTests {
  @Test func anImportSaysSoAndTrainingIsRefused() throws {
    let work = try Workspace()
    try work.write("a.csv", "id,t,v,ok,label\na,0,1,0,x\na,1,2,0,x\nb,0,3,0,y\nb,1,4,0,y\n")
    let result = try work.good("import", "s.sqlite", "a.csv", "--features", "v", "--valid", "ok")
    #expect(result.errors.contains("no timestep that was stored is valid: nothing can be learned from it\n"))
    let message = "none of the 4 timesteps is valid, so there is nothing to learn from"
    try work.bad(65, message, "train", "s.sqlite", "-m", "lstm(2)", "--epochs", "2")
    #expect(!work.names.contains { $0.hasSuffix(".ragged") })
    #expect(try work.good("runs", "s.sqlite").output.contains("finished") == false)
  }

  @Test func inputOfWhichAllIsMissingIsRefused() throws {
    let work = try Workspace()
    try work.write("a.csv", "id,t,v,label\na,0,NA,x\na,1,NA,x\nb,0,,y\nb,1,,y\n")
    try work.good("import", "s.sqlite", "a.csv", "--features", "v")
    try work.bad(
      65, "every cell of the input is missing, so there is nothing to learn from", "train", "s.sqlite", "-m",
      "lstm(2)", "--epochs", "2")
    // One is enough.
    try work.write("b.csv", "id,t,v,label\na,0,NA,x\na,1,5,x\nb,0,,y\nb,1,,y\n")
    try work.good("import", "t.sqlite", "b.csv", "--features", "v")
    try work.good("train", "t.sqlite", "-m", "lstm(2)", "--epochs", "1")
  }

  @Test func targetsOfWhichAllAreMissingAreRefused() throws {
    let work = try Workspace()
    try work.write("a.csv", "id,t,v,label\na,0,1,\na,1,2,\nb,0,3,\nb,1,4,\n")
    try work.good("import", "s.sqlite", "a.csv", "--target-kind", "class")
    let result = try work.ragged("train", "s.sqlite", "-m", "lstm(2)", "--epochs", "2")
    #expect(result.status == 65, "\(result.errors)")
  }

  @Test func validationAndEvaluationAreRefusedAsWell() throws {
    let work = try Workspace()
    try work.write("a.csv", "id,v,ok,label,part\na,1,1,x,train\nb,2,1,y,train\nc,3,0,x,test\nd,4,0,y,test\n")
    #expect(
      try work.good("import", "s.sqlite", "a.csv", "--valid", "ok", "--split-column", "part").errors.contains(
        "is valid")
        == false)
    try work.bad(
      65, "none of the 2 timesteps is valid, so there is nothing to validate with", "train", "s.sqlite", "-m",
      "lstm(2)",
      "--epochs", "1", "--validation-split", "test")
    try work.good("train", "s.sqlite", "-m", "lstm(2)", "--epochs", "1")
    try work.bad(
      65, "none of the 2 timesteps is valid, so there is nothing to be judged by", "evaluate", "model.best.ragged",
      "s.sqlite", "--split", "test")
  }
}
