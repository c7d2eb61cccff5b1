"""The words of each language that say nothing alone: articles, pronouns, prepositions and the like.

Documents are lexed with them all the same, for phrases and for queries of nothing else.
"""
# ruff: noqa: RUF001 - letters of other scripts

_ENGLISH = """
a an the this that these those i me my mine myself we us our ours ourselves you your yours
yourself yourselves he him his himself she her hers herself it its itself they them their theirs
themselves who whom whose which what where when why how am is are was were be been being have has
had having do does did doing done will would shall should can could may might must ought and or
but nor if because as until while of at by for with about against between into through during
before after above below to from up down in out on off over under again further then once here
there all any both each few more most other some such no not only own same so than too very just
now also yet upon within without whether though although however therefore thus since unless per
via isn't aren't wasn't weren't don't doesn't didn't hasn't haven't hadn't won't wouldn't shan't
shouldn't can't couldn't mustn't let's i'm i've i'd i'll you're you've you'd you'll he's he'd
he'll she's she'd she'll it's it'll we're we've we'd we'll they're they've they'd they'll that's
who's what's here's there's where's when's why's how's
"""
_GERMAN = """
der die das des dem den ein eine einer eines einem einen ich du er sie es wir ihr mich dich sich
uns euch mir dir ihm ihn ihnen mein dein sein unser euer meine deine seine ihre unsere meiner
deiner seiner ihrer meinem deinem seinem ihrem meinen deinen seinen ihren dieser diese dieses
diesem diesen jener jene jenes jenem jenen welcher welche welches welchem welchen wer wen wem
wessen was und oder aber doch denn sondern weil dass wenn als ob wie wo wann warum damit dann da
hier dort in im ins an am ans auf aus bei beim bis durch für gegen hinter mit nach neben ohne über
um unter von vom vor während wegen zu zum zur zwischen bin bist ist sind seid war waren wart bist
gewesen habe hast hat haben habt hatte hatten werde wirst wird werden wurde wurden kann können
könnte muss müssen soll sollen sollte will wollen würde würden nicht kein keine keiner keinem
keinen keines nur noch auch schon sehr so man mal nun also sonst selbst alle allem allen aller
alles jede jedem jeden jeder jedes einige manche etwas nichts hin her zwar
"""
_FRENCH = """
le la les l un une des du de d au aux ce c cet cette ces je j me m moi tu te t toi il elle on nous
vous ils elles se s lui leur leurs eux mon ma mes ton ta tes son sa ses notre nos votre vos y en
qui que qu quoi dont où quel quelle quels quelles et ou mais donc or ni car si comme quand lorsque
puisque parce à dans par pour sur sous avec sans vers chez entre contre pendant depuis avant après
suis es est sommes êtes sont étais était étions étaient été être fut furent sera seront serait
soit ai as a avons avez ont avais avait avaient eu avoir aura auront aurait ne n pas plus non même
aussi très ici là tout toute tous toutes cela ça ceci c'est n'est d'un d'une qu'il qu'elle qu'on
qu'un qu'une s'il
"""
_SPANISH = """
el la los las lo un una unos unas al del de a ante bajo con contra desde durante en entre hacia
hasta para por según sin sobre tras y e o u pero sino ni que quien quienes cual cuales cuyo cuya
qué quién cuál cómo cuándo dónde como cuando donde porque si yo me mi mí tú tu te ti él ella ello
se sí nos nosotros vosotros os ellos ellas le les su sus tus mis nuestro nuestra nuestros nuestras
vuestro este esta esto estos estas ese esa eso esos esas aquel aquella aquello soy eres es somos
son era eras eran fui fue fueron ser sido siendo será serán sería estoy está están estaba estaban
estar he has ha hemos han había habían haber hay no más muy también ya todo toda todos todas
"""
_ITALIAN = """
il lo la i gli le l un uno una di a da in con su per tra fra del dello della dell dei degli delle
al allo alla all ai agli alle dal dallo dalla dall dai dagli dalle nel nello nella nell nei negli
nelle sul sullo sulla sull sui sugli sulle e ed o ma né se che chi cui quale quali come quando
dove perché io mi me tu ti te lui lei si sé noi ci ce voi vi ve loro ne mio mia miei mie tuo tua
tuoi tue suo sua suoi sue nostro nostra nostri nostre vostro questo questa questi queste quello
quella quelli quelle sono sei è siamo siete era eri erano fu furono stato stata essere sarà
saranno sarebbe ho hai ha abbiamo avete hanno avevo aveva avevano avere non più anche molto già
tutto tutta tutti tutte c d
"""
_PORTUGUESE = """
o a os as um uma uns umas de do da dos das em no na nos nas num numa a ao à aos às por pelo pela
pelos pelas para com sem sob sobre entre até desde após e ou mas nem se que quem qual quais cujo
como quando onde porque eu me mim tu te ti você ele ela nós vós eles elas lhe lhes meu minha meus
minhas teu tua seu sua seus suas nosso nossa nossos nossas este esta isto estes estas esse essa
isso esses essas aquele aquela aquilo aqueles aquelas sou és é somos são era eram fui foi foram
ser sido será seria estou está estão estava estavam estar tenho tem têm tinha tinham ter há havia
não mais muito também já só todo toda todos todas
"""
_DUTCH = """
de het een der des den ik jij je u hij zij ze wij we jullie mij me jou hem haar ons hen hun mijn
jouw uw zijn onze die dat deze dit wie wat welke welk waar wanneer hoe waarom en of maar want dus
als dan omdat toen terwijl te in op aan van voor met bij door naar om over onder tegen tot uit
tussen zonder na sinds ben bent is was waren geweest heb hebt heeft hebben had hadden word wordt
worden werd werden kan kunnen kon zal zullen zou zouden moet moeten moest wil niet geen ook nog al
zo er hier daar nu heel zeer meer iets niets alle alles iedere elk zich
"""
_SWEDISH = """
en ett den det de dem jag du han hon vi ni mig dig honom henne oss er sig min mitt mina din ditt
dina sin sitt sina hans hennes vår vårt våra er ert era deras denna detta dessa som vem vad vilken
vilket vilka var när hur varför och eller men för att om då så än i på av till från med utan under
över mellan efter före vid mot genom hos åt är var varit vara blir blev bli har hade ha kan kunde
ska skulle måste vill ville inte ej ingen inget inga också bara mycket nu här där man alla allt
"""
_NORWEGIAN = """
en ei et den det de dem jeg du han hun vi dere meg deg ham henne oss seg min mitt mine din ditt
dine sin sitt sine hans hennes vår vårt våre deres denne dette disse som hvem hva hvilken hvilket
hvilke hvor når hvordan hvorfor og eller men for at om da så enn i på av til fra med uten under
over mellom etter før ved mot gjennom hos er var vært være blir ble bli har hadde ha kan kunne
skal skulle må vil ville ikke ingen også bare mye nå her der man alle alt å
"""
_DANISH = """
en et den det de dem jeg du han hun vi i mig dig ham hende os jer sig min mit mine din dit dine
sin sit sine hans hendes vor vores deres denne dette disse som hvem hvad hvilken hvilket hvilke
hvor når hvordan hvorfor og eller men for at om da så end på af til fra med uden under over mellem
efter før ved mod gennem hos er var været være bliver blev blive har havde have kan kunne skal
skulle må vil ville ikke ingen også kun meget nu her der man alle alt
"""
_FINNISH = """
minä sinä hän me te he minun sinun hänen meidän teidän heidän se ne sen niiden tämä tuo nämä nuo
tämän tuon joka jotka jonka mikä mitkä kuka ketkä missä milloin miten miksi ja tai mutta vaan että
jos kun koska vaikka kuin niin sekä eli ei en et emme ette eivät ole on ovat oli olivat olla olen
olet olemme olette ollut olisi voi voivat myös vain jo nyt siellä täällä tässä siinä kanssa ilman
"""
_RUSSIAN = """
и в во на с со к ко о об у от до из за по под над при для без через между про или а но да же бы ли
не ни что чтобы как так если когда где куда почему потому то это этот эта эти того этого этой этих
тот та те тех я ты он она оно мы вы они меня мне мной тебя тебе его ему им её ей нас нам нами вас
вам вами их ими себя себе мой моя моё мои твой твоя твои свой своя свои наш наша наши ваш ваша
ваши кто кого кому чем чего который которая которое которые быть был была было были есть будет
будут уже ещё только тоже также очень вот там тут здесь все всё весь вся всех
"""
_TURKISH = """
ve veya ya da de ile ama fakat ancak çünkü ki mi mı mu mü ben sen o biz siz onlar beni seni onu
bizi sizi onları bana sana ona bize size onlara benim senin onun bizim sizin onların bu şu bunlar
şunlar bir ne kim hangi nerede nasıl neden için gibi kadar göre daha en çok az her hiç değil var
yok ise olan olarak
"""
_ARABIC = """
من في على إلى الى عن مع حتى منذ بين عند لدى أو او ثم بل لكن لا ما لم لن ليس هل إن أن ان كان كانت
يكون تكون هو هي هم هن أنا انا نحن أنت انت أنتم هذا هذه هؤلاء ذلك تلك الذي التي الذين اللذان كل بعض
غير قد كما إذا اذا لو حيث و ف ب ل ك
"""
_HINDI = """
का के की को में से पर ने और या कि यह वह ये वे इस उस इन उन एक है हैं था थे थी हो होता होती होते ही
भी तो नहीं न जो तक लिए साथ कर करने मैं हम तुम आप मेरा हमारा उसका उनका
"""
_INDONESIAN = """
yang dan di ke dari untuk dengan pada dalam oleh sebagai ini itu adalah ialah akan telah sudah
belum tidak bukan juga atau tetapi karena jika bila maka agar supaya saya aku kamu anda dia ia
kami kita mereka nya ada
"""
_ROMANIAN = """
și si sau dar ori ci că ca să în din de la pe cu fără pentru prin spre sub peste după între un o
unui unei al a ai ale lui lor eu tu el ea noi voi ei ele mă te se ne vă îl îi le meu mea tău ta
său sa care cine ce unde când cum sunt ești este e suntem sunteți era erau fost fi am ai are avem
aveți au nu mai foarte tot toate toți acest această acesta aceasta acești aceste
"""
_CATALAN = """
el la els les l un una uns unes de d del dels a al als en amb per sense sobre entre fins des i o u
però ni que qui què quin quina com quan on perquè si jo tu ell ella nosaltres vosaltres ells elles
em m et t es s ens us li hi ho meu meva teu seva seu aquest aquesta això aquell aquella sóc ets és
som són era eren ser estat ha han he hem no més molt també ja tot tota tots totes
"""
_GREEK = """
ο η το οι τα του της των τον την τους τις ένας μια ένα και ή αλλά αν να θα δεν μη μην που πως ότι
όπως όταν γιατί εγώ εσύ αυτός αυτή αυτό εμείς εσείς αυτοί αυτές με σε για από προς χωρίς κατά μετά
ως είναι ήταν είμαι έχει έχουν είχε στο στη στην στον στα στις στους μου σου μας σας
"""
_HUNGARIAN = """
a az egy és vagy de hogy ha mert mint nem ne is csak már még meg én te ő mi ti ők ez ezt az azt
ezek azok aki ami amely mely ki mit hol mikor hogyan miért van vannak volt voltak lesz lenne lehet
el fel le be ki
"""

STOP_WORDS = {
    language: frozenset(words.casefold().split())
    for language, words in {
        "arabic": _ARABIC,
        "catalan": _CATALAN,
        "danish": _DANISH,
        "dutch": _DUTCH,
        "english": _ENGLISH,
        "finnish": _FINNISH,
        "french": _FRENCH,
        "german": _GERMAN,
        "greek": _GREEK,
        "hindi": _HINDI,
        "hungarian": _HUNGARIAN,
        "indonesian": _INDONESIAN,
        "italian": _ITALIAN,
        "norwegian": _NORWEGIAN,
        "portuguese": _PORTUGUESE,
        "romanian": _ROMANIAN,
        "russian": _RUSSIAN,
        "spanish": _SPANISH,
        "swedish": _SWEDISH,
        "turkish": _TURKISH,
    }.items()
}
