import Ragged
import Testing

/// The parts of a search.
@Suite struct ModelSearchTests {
  @Test func theLastPartHasAllEpochsAndPartsShrink() {
    for trials in [1, 2, 3, 5, 9, 27, 100] {
      for epochs in [1, 2, 7, 30, 81] {
        for halving in [nil, 2, 3, 10] as [Int?] {
          let rungs = ModelSearch.rungs(trials: trials, epochs: epochs, halving: halving)
          #expect(rungs.first?.trials == trials && rungs.last?.epochs == epochs)
          for (one, next) in zip(rungs, rungs.dropFirst()) {
            #expect(next.trials < one.trials && next.epochs > one.epochs && next.trials >= 1)
          }
        }
      }
    }
    let rungs = ModelSearch.rungs(trials: 9, epochs: 27, halving: 3)
    #expect(rungs.map(\.trials) == [9, 3, 1] && rungs.map(\.epochs) == [3, 9, 27])
    #expect(ModelSearch.rungs(trials: 4, epochs: 8, halving: nil).map(\.trials) == [4])
  }
}
